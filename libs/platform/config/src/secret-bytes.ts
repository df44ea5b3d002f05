/** Secrets as bytes in base64. */

interface SecretShape {
  readonly prefix: string;
  readonly minBytes: number;
  readonly maxBytes: number;
}

/** Standard Webhooks 1.0. */
export const WEBHOOK_SECRET: SecretShape = { prefix: 'whsec_', minBytes: 24, maxBytes: 64 };

/** AES-256 key. */
export const TOKEN_KEY: SecretShape = { prefix: '', minBytes: 32, maxBytes: 32 };

/** Returns undefined if one of the secrets has another shape. */
export function parseSecrets(texts: readonly string[], shape: SecretShape): Buffer[] | undefined {
  const secrets = texts.map((text) => parseSecret(text, shape));
  return secrets.every((secret) => secret !== undefined) ? secrets : undefined;
}

/** Node.js ignores invalid characters of base64, so the decoded bytes are encoded again and compared. */
function parseSecret(text: string, { prefix, minBytes, maxBytes }: SecretShape): Buffer | undefined {
  if (!text.startsWith(prefix)) return undefined;
  const base64 = withoutPadding(text.slice(prefix.length));
  const bytes = Buffer.from(base64, 'base64');
  const isWhole = withoutPadding(bytes.toString('base64')) === base64;
  return isWhole && bytes.length >= minBytes && bytes.length <= maxBytes ? bytes : undefined;
}

/** Base64 has at most two padding characters; text with more is invalid. */
function withoutPadding(base64: string): string {
  return base64.replace(/={1,2}$/, '');
}

/** Random bytes rarely repeat: 24 random bytes have fewer than 12 distinct values once in 10^13 cases. */
export function isGuessable(secret: Buffer): boolean {
  return new Set(secret).size < 12;
}
