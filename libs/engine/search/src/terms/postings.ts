import { BLOCK_WORDS, or, setBit } from '../blocks/bitset';
import { BLOCK_IDS } from '../blocks/block';
import { lowerBound } from '../blocks/lower-bound';

/** Rows of a term: a bitset if they are many, otherwise a list. */
type Rows = Uint32Array | readonly number[];

const MAX_LISTED_ROWS = BLOCK_WORDS;

/**
 * Inverted index in memory: a sorted term dictionary and the rows of each term, for up to one block of rows. Terms with
 * a common prefix are adjacent. Rows are numbered from 0 in the order of `termsOf`.
 *
 * `[['red', 'apple'], ['apricot']]`, prefix `ap` → rows 0 and 1.
 */
export class Postings {
  private readonly terms: readonly string[];
  private readonly rowsOf: readonly Rows[];

  constructor(termsOf: Iterable<Iterable<string>>) {
    const rows = new Map<string, number[]>();
    let row = 0;
    for (const terms of termsOf) {
      if (row === BLOCK_IDS) throw new RangeError(`a block has at most ${BLOCK_IDS} rows`);
      for (const term of terms) {
        const present = rows.get(term);
        if (present === undefined) rows.set(term, [row]);
        else if (present.at(-1) !== row) present.push(row);
      }
      row += 1;
    }
    this.terms = [...rows.keys()].sort();
    this.rowsOf = this.terms.map((term) => toRows(rows.get(term) ?? []));
  }

  /** Adds the rows with this term to a bitset. */
  addRowsOf(term: string, bitset: Uint32Array): void {
    const at = this.firstAtLeast(term);
    if (this.terms[at] === term) addRows(this.rowsOf[at]!, bitset);
  }

  /** Adds the rows with a term that has this prefix to a bitset. */
  addRowsWithPrefix(prefix: string, bitset: Uint32Array): void {
    for (let at = this.firstAtLeast(prefix); this.terms[at]?.startsWith(prefix) === true; at++)
      addRows(this.rowsOf[at]!, bitset);
  }

  private firstAtLeast(term: string): number {
    return lowerBound(this.terms.length, (at) => this.terms[at]! < term);
  }
}

function toRows(rows: readonly number[]): Rows {
  if (rows.length <= MAX_LISTED_ROWS) return rows;
  const bitset = new Uint32Array(BLOCK_WORDS);
  for (const row of rows) setBit(bitset, row);
  return bitset;
}

function addRows(rows: Rows, bitset: Uint32Array): void {
  if (rows instanceof Uint32Array) or(bitset, rows);
  else for (const row of rows) setBit(bitset, row);
}
