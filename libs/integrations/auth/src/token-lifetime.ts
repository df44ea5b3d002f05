/** How long a token is used, and from when on it is refreshed. Source: RFC 6749 §5.1 (`expires_in` is seconds). */
import { readDecimal } from '@platform/formats';
import { authPolicy } from './auth.policy';

export interface TokenLifetime {
  /** From when it was asked for. */
  readonly usableMs: number;
  readonly refreshAfterMs: number;
}

/**
 * What was sent as `expires_in`, in seconds: a number, or a text of one such as `"3599.5"`. Other types say nothing.
 * Undefined for what promises nothing (zero or next to it, negative, nonsense): such a token is used once and not kept.
 */
export function readLifeSeconds(expiresIn: unknown, whenMissing: number): number | undefined {
  const text = typeof expiresIn === 'number' || typeof expiresIn === 'string' ? String(expiresIn).trim() : '';
  if (text === '') return whenMissing;
  const seconds = readDecimal(text) ?? NaN;
  return seconds >= authPolicy.minLifeSeconds ? Math.min(seconds, authPolicy.maxLifeSeconds) : undefined;
}

export function toLifetime(lifeSeconds: number, random: number): TokenLifetime {
  const { reserveMs, reserveShare, refreshShare, refreshSpread } = authPolicy;
  const lifeMs = lifeSeconds * 1_000;
  return {
    usableMs: lifeMs - Math.min(reserveMs, lifeMs * reserveShare),
    refreshAfterMs: lifeMs * (refreshShare + random * refreshSpread),
  };
}
