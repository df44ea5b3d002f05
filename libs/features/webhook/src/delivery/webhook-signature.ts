/**
 * Signatures of Standard Webhooks 1.0 (https://github.com/standard-webhooks/standard-webhooks): HMAC-SHA256 over
 * `id.timestamp.body` in base64, as `v1,…`, several of them separated by spaces. The body is its bytes as they came;
 * that the id is signed too keeps a recorded delivery from being sent under another one.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';

export interface SignedMessage {
  readonly id: string;
  /** Seconds since 1970, as the header says them. */
  readonly timestamp: string | undefined;
  readonly signature: string | undefined;
  readonly body: Buffer;
}

export interface Verification {
  /** Each is accepted, so that a sender can change from one to the next. */
  readonly secrets: readonly Buffer[];
  readonly nowSeconds: number;
  readonly toleranceSeconds: number;
}

export function isSigned(message: SignedMessage, { secrets, nowSeconds, toleranceSeconds }: Verification): boolean {
  const { id, timestamp = '', signature = '', body } = message;
  const isTime = /^\d{1,12}$/.test(timestamp) && Math.abs(nowSeconds - Number(timestamp)) <= toleranceSeconds;
  if (!isTime) return false;
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
