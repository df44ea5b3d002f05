/** How long a token is used, and from when on it is refreshed. Source: RFC 6749 §5.1 (`expires_in` is seconds). */
import { authPolicy } from './auth.policy';

export interface TokenLifetime {
  /** From when it was asked for. */
  readonly usableMs: number;
  readonly refreshAfterMs: number;
}

/**
 * What was sent as `expires_in`, in seconds: a number, or one in digits, as some providers write it. Undefined for what
 * promises nothing (zero or next to it, negative, nonsense): such a token is used once and not kept.
 */
export function readLifeSeconds(expiresIn: unknown, whenMissing: number): number | undefined {
  if (expiresIn === undefined || expiresIn === null) return whenMissing;
  const isDigits = typeof expiresIn === 'string' && /^\d{1,15}$/.test(expiresIn);
  const seconds = typeof expiresIn === 'number' || isDigits ? Number(expiresIn) : NaN;
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
