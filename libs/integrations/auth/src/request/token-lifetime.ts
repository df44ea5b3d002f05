/** Lifetime of a token and the start of its refresh. Source: RFC 6749 §5.1 (`expires_in` is in seconds). */
import { readDecimal } from '@platform/formats';
import { authPolicy } from '../auth.policy';

export interface TokenLifetime {
  /** Counted from the moment the request was sent; so is `refreshAfterMs`. */
  readonly usableMs: number;
  readonly refreshAfterMs: number;
}

/**
 * Reads `expires_in` in seconds from a number or a string such as `"3599.5"`. Returns `whenMissing` for other types.
 * Returns undefined if the lifetime is below 1 s or not a number: such a token is used once and not cached.
 */
export function readLifeSeconds(expiresIn: unknown, whenMissing: number): number | undefined {
  const text = typeof expiresIn === 'number' || typeof expiresIn === 'string' ? String(expiresIn).trim() : '';
  if (text === '') return whenMissing;
  const seconds = readDecimal(text) ?? NaN;
  return seconds >= authPolicy.minLifeSeconds ? Math.min(seconds, authPolicy.maxLifeSeconds) : undefined;
}

/** `(60, 0)` → `{ usableMs: 54_000, refreshAfterMs: 45_000 }` */
export function toLifetime(lifeSeconds: number, random: number): TokenLifetime {
  const { reserveMs, reserveShare, refreshShare, refreshSpread } = authPolicy;
  const lifeMs = lifeSeconds * 1_000;
  return {
    usableMs: lifeMs - Math.min(reserveMs, lifeMs * reserveShare),
    refreshAfterMs: lifeMs * (refreshShare + random * refreshSpread),
  };
}
