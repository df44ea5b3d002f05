/** Secrets that are bytes, written in base64. */

interface SecretShape {
  readonly prefix: string;
  readonly minBytes: number;
  readonly maxBytes: number;
}

/** Standard Webhooks 1.0. */
export const WEBHOOK_SECRET: SecretShape = { prefix: 'whsec_', minBytes: 24, maxBytes: 64 };

/** A key of AES-256. */
export const TOKEN_KEY: SecretShape = { prefix: '', minBytes: 32, maxBytes: 32 };

/** Undefined where one of them has another shape. */
export function parseSecrets(texts: readonly string[], shape: SecretShape): Buffer[] | undefined {
  const secrets = texts.map((text) => parseSecret(text, shape));
  return secrets.every((secret) => secret !== undefined) ? secrets : undefined;
}

/** Node reads base64 that is none as far as it can; what was read whole is written again as it was. */
function parseSecret(text: string, { prefix, minBytes, maxBytes }: SecretShape): Buffer | undefined {
  if (!text.startsWith(prefix)) return undefined;
  const base64 = withoutPadding(text.slice(prefix.length));
  const bytes = Buffer.from(base64, 'base64');
  const isWhole = withoutPadding(bytes.toString('base64')) === base64;
  return isWhole && bytes.length >= minBytes && bytes.length <= maxBytes ? bytes : undefined;
}

/** Base64 is padded by two characters at most; text with more of them is no base64. */
function withoutPadding(base64: string): string {
  return base64.replace(/={1,2}$/, '');
}

/** Random bytes hardly repeat: of 24, fewer than 12 different ones come up once in 10^13 times. */
export function isGuessable(secret: Buffer): boolean {
  return new Set(secret).size < 12;
}
