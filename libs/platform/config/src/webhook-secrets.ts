/** Secrets of Standard Webhooks 1.0: `whsec_` and 24 to 64 random bytes in base64. */
const PREFIX = 'whsec_';

/** Undefined where one of them is none. */
export function parseWebhookSecrets(text: string): Buffer[] | undefined {
  const secrets = text
    .split(/[\s,]+/)
    .filter((each) => each !== '')
    .map(parseSecret);
  return secrets.every((secret) => secret !== undefined) ? secrets : undefined;
}

/** Node reads base64 that is none as far as it can; what was read whole is written again as it was. */
function parseSecret(text: string): Buffer | undefined {
  if (!text.startsWith(PREFIX)) return undefined;
  const base64 = text.slice(PREFIX.length).replace(/=+$/, '');
  const bytes = Buffer.from(base64, 'base64');
  const isWhole = bytes.toString('base64').replace(/=+$/, '') === base64;
  return isWhole && bytes.length >= 24 && bytes.length <= 64 ? bytes : undefined;
}
