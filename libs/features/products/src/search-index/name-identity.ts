/**
 * Tells names apart without reading them: 53 bits of their SHA-256. That two of ten million names share them has a
 * chance of one in two hundred, and it matters only where they begin with the same letters, too.
 */
import { hash } from 'node:crypto';

const LOW_BITS = 21;

/** A name's identity in two numbers, of 32 and of 21 bits, as columns have them. */
export function nameIdentityOf(nameText: string): { high: number; low: number } {
  const digest = hash('sha256', nameText, 'buffer');
  return { high: digest.readUInt32LE(0), low: digest.readUInt32LE(4) >>> (32 - LOW_BITS) };
}

/** Both as one number. */
export function joinedIdentity({ high, low }: { high: number; low: number }): number {
  return high * 2 ** LOW_BITS + low;
}
