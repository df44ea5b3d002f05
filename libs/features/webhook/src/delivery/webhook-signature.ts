/**
 * Signatures of Standard Webhooks 1.0 (https://github.com/standard-webhooks/standard-webhooks): HMAC-SHA256 over
 * `id.timestamp.body` in base64, as `v1,…`, several of them separated by spaces. The body is its bytes as they came;
 * that the id is signed too keeps a recorded delivery from being sent under another one.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';

export interface SignedMessage {
  readonly id: string;
  /** As the header says it. */
  readonly timestamp: string;
  readonly signature: string;
  readonly body: Buffer;
}

/** Whether it is seconds since 1970, close enough to now that it is no recording. */
export function isTimely(timestamp: string, nowSeconds: number, toleranceSeconds: number): boolean {
  return /^\d{1,12}$/.test(timestamp) && Math.abs(nowSeconds - Number(timestamp)) <= toleranceSeconds;
}

/** Under any of the secrets, so that a sender can change from one to the next. */
export function isSigned({ id, timestamp, signature, body }: SignedMessage, secrets: readonly Buffer[]): boolean {
  const given = signature.split(' ').flatMap(toDigest);
  const expected = secrets.map((secret) =>
    createHmac('sha256', secret).update(`${id}.${timestamp}.`).update(body).digest(),
  );
  return given.some((one) => expected.some((other) => timingSafeEqual(one, other)));
}

/** The length of a digest is no secret, and has to be right to be compared in constant time. */
function toDigest(signature: string): Buffer[] {
  const [version, base64 = ''] = signature.split(',', 2);
  const digest = Buffer.from(base64, 'base64');
  return version === 'v1' && digest.length === 32 ? [digest] : [];
}
