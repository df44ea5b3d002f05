/**
 * Fingerprint of a text: 53 bits of its SHA-256, by which texts are distinguished without reading them. Two of ten
 * million texts share a fingerprint with a probability of 1/200, which matters only if both also have the same
 * abbreviated key.
 */
import { hash } from 'node:crypto';

const LOW_BITS = 21;

/**
 * Returns the fingerprint as two numbers, of 32 and of 21 bits, which columns store: the empty text → `high`
 * 1,120,186,595, `low` 164,767.
 */
export function fingerprintOf(text: string): { high: number; low: number } {
  const digest = hash('sha256', text, 'buffer');
  return { high: digest.readUInt32LE(0), low: digest.readUInt32LE(4) >>> (32 - LOW_BITS) };
}

/** Texts, numbered from 0 in the order of their first occurrence. */
export interface NumberedTexts {
  /** Number of the text at each index. */
  readonly numbers: Uint16Array;
  /** Index of the first occurrence of each text. */
  readonly firstAt: readonly number[];
}

const SLOTS = 4_096;
const EMPTY = -1;

/**
 * Numbers texts by their fingerprints: texts `a b a` → `numbers` `[0, 1, 0]`, `firstAt` `[0, 1]`. `high` and `low` are
 * the two parts of each fingerprint. Returns undefined if there are more texts than `atMost`, which must be far below
 * 4,096. Linear probing in a hash table of 4,096 slots.
 */
export function numberTexts(high: Uint32Array, low: Uint32Array, atMost: number): NumberedTexts | undefined {
  const numbers = new Uint16Array(high.length);
  const firstAt: number[] = [];
  // Fingerprints are uniformly distributed, so their low bits are as good a hash as any.
  const numberOfSlot = new Int16Array(SLOTS).fill(EMPTY);
  for (let at = 0; at < high.length; at++) {
    let slot = high[at]! % SLOTS;
    while (numberOfSlot[slot] !== EMPTY && !isSame(firstAt[numberOfSlot[slot]!]!, at)) slot = (slot + 1) % SLOTS;
    if (numberOfSlot[slot] === EMPTY) {
      if (firstAt.length === atMost) return undefined;
      numberOfSlot[slot] = firstAt.length;
      firstAt.push(at);
    }
    numbers[at] = numberOfSlot[slot]!;
  }
  return { numbers, firstAt };

  function isSame(a: number, b: number): boolean {
    return high[a] === high[b] && low[a] === low[b];
  }
}
