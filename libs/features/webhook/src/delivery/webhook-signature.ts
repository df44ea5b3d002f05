/**
 * Signatures of Standard Webhooks 1.0 (https://github.com/standard-webhooks/standard-webhooks): HMAC-SHA256 over
 * `id.timestamp.body` in base64, as `v1,…`, several of them separated by spaces. The body is signed as raw bytes. Since
 * the id is signed too, a recorded delivery cannot be replayed under another id.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';

export interface SignedMessage {
  readonly id: string;
  /** Value of the header. */
  readonly timestamp: string;
  readonly signature: string;
  readonly body: Buffer;
}

/** Returns true if the timestamp is Unix time in seconds within the tolerance; the tolerance limits replay attacks. */
export function isTimely(timestamp: string, nowSeconds: number, toleranceSeconds: number): boolean {
  return /^\d{1,12}$/.test(timestamp) && Math.abs(nowSeconds - Number(timestamp)) <= toleranceSeconds;
}

/** Returns true if a signature is valid for any of the secrets, so that senders can rotate secrets. */
export function isSigned({ id, timestamp, signature, body }: SignedMessage, secrets: readonly Buffer[]): boolean {
  const given = signature.split(' ').flatMap(toDigest);
  const expected = secrets.map((secret) =>
    createHmac('sha256', secret).update(`${id}.${timestamp}.`).update(body).digest(),
  );
  return given.some((one) => expected.some((other) => timingSafeEqual(one, other)));
}

/** Checks the length, which is no secret: the constant-time comparison requires equal lengths. */
function toDigest(signature: string): Buffer[] {
  const [version, base64 = ''] = signature.split(',', 2);
  const digest = Buffer.from(base64, 'base64');
  return version === 'v1' && digest.length === 32 ? [digest] : [];
}
