/**
 * Tells names apart without reading them: 53 bits of their SHA-256. That two of ten million names share them has a
 * chance of one in two hundred, and it matters only where they begin with the same letters, too.
 */
import { hash } from 'node:crypto';

const LOW_BITS = 21;

/** A name's identity in two numbers, of 32 and of 21 bits, as columns have them. */
export function nameFingerprintOf(nameText: string): { high: number; low: number } {
  const digest = hash('sha256', nameText, 'buffer');
  return { high: digest.readUInt32LE(0), low: digest.readUInt32LE(4) >>> (32 - LOW_BITS) };
}

/** Names in two columns, numbered from 0 in the order they are met. */
export interface NumberedNames {
  readonly numbers: Uint16Array;
  /** Where each is met first. */
  readonly firstAt: readonly number[];
}

const SLOTS = 4_096;
const FREE = -1;

/** Undefined where there are more names than `atMost`, which is to be far below 4,096. */
export function numberNames(high: Uint32Array, low: Uint32Array, atMost: number): NumberedNames | undefined {
  const numbers = new Uint16Array(high.length);
  const firstAt: number[] = [];
  // Identities are evenly spread, so their last bits are as good a hash as any.
  const numberIn = new Int16Array(SLOTS).fill(FREE);
  for (let at = 0; at < high.length; at++) {
    let slot = high[at]! % SLOTS;
    while (numberIn[slot] !== FREE && !isSame(firstAt[numberIn[slot]!]!, at)) slot = (slot + 1) % SLOTS;
    if (numberIn[slot] === FREE) {
      if (firstAt.length === atMost) return undefined;
      numberIn[slot] = firstAt.length;
      firstAt.push(at);
    }
    numbers[at] = numberIn[slot]!;
  }
  return { numbers, firstAt };

  function isSame(a: number, b: number): boolean {
    return high[a] === high[b] && low[a] === low[b];
  }
}
