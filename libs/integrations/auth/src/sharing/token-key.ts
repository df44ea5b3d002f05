/** Cache key of a token: requests with different parameters must never share a token. */
import { createHash } from 'node:crypto';

export interface TokenTerms {
  readonly tokenUrl: string;
  readonly clientId: string;
  readonly scope: string | undefined;
  readonly audience: string | undefined;
  readonly resources: readonly string[];
}

/** Returns the SHA-256 of all request parameters except the secret, which may be replaced. */
export function toTokenKey({ tokenUrl, clientId, scope, audience, resources }: TokenTerms): string {
  const all = JSON.stringify([tokenUrl, clientId, scope ?? null, audience ?? null, ...resources]);
  return createHash('sha256').update(all).digest('base64url');
}
