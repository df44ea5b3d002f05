/** Token request with the client credentials grant (RFC 6749 §4.4). */

/** Client authentication: HTTP Basic, or parameters in the form (RFC 6749 §2.3.1). */
type ClientAuth = 'basic' | 'post';

export interface TokenRequestTerms {
  readonly clientId: string;
  readonly clientAuth: ClientAuth;
  readonly scope: string | undefined;
  readonly audience: string | undefined;
  /** Resource indicators (RFC 8707): the APIs that accept the token. */
  readonly resources: readonly string[];
}

export interface TokenRequest {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** `clientAuth: 'post'` → body `grant_type=client_credentials&client_id=…&client_secret=…` */
export function toTokenRequest(terms: TokenRequestTerms, secret: string): TokenRequest {
  const { clientId, clientAuth, scope, audience, resources } = terms;
  const form = new URLSearchParams({ grant_type: 'client_credentials' });
  if (scope !== undefined) form.set('scope', scope);
  if (audience !== undefined) form.set('audience', audience);
  for (const resource of resources) form.append('resource', resource);
  if (clientAuth === 'post') {
    form.set('client_id', clientId);
    form.set('client_secret', secret);
  }
  const credentials = Buffer.from(`${formEncode(clientId)}:${formEncode(secret)}`).toString('base64');
  return {
    headers: {
      accept: 'application/json',
      'content-type': 'application/x-www-form-urlencoded;charset=UTF-8',
      ...(clientAuth === 'basic' && { authorization: `Basic ${credentials}` }),
    },
    body: form.toString(),
  };
}

/**
 * Form encoding of RFC 6749 appendix B, except that `-`, `.`, `_`, `~` and `*` stay unescaped. Decoders accept both,
 * and servers that do not decode still read identifiers such as UUIDs. `a secret!` → `a+secret%21`
 */
function formEncode(text: string): string {
  return encodeURIComponent(text)
    .replace(/[!'()]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%20', '+');
}
