/** What a token is for, as a name for it: whoever asks with other parameters must never get it. */
import { createHash } from 'node:crypto';

export interface TokenTerms {
  readonly tokenUrl: string;
  readonly clientId: string;
  readonly scope: string | undefined;
  readonly audience: string | undefined;
  readonly resources: readonly string[];
}

/** All that is sent but the secret, which may be replaced. */
export function toTokenKey({ tokenUrl, clientId, scope, audience, resources }: TokenTerms): string {
  const all = JSON.stringify([tokenUrl, clientId, scope ?? null, audience ?? null, ...resources]);
  return createHash('sha256').update(all).digest('base64url');
}
