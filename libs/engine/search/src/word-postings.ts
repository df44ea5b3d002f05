import { lowerBound } from './lower-bound';
import { and, setBit } from './bitset';

/**
 * Inverted index of the sample of the planner, not of the search index: the rows of each word. The words are sorted, so
 * those with a common prefix are adjacent.
 */
export class WordPostings {
  private readonly words: readonly string[];
  private readonly rowsOf: readonly (readonly number[])[];

  /** `texts`: one per row, words separated and surrounded by spaces. */
  constructor(texts: readonly string[]) {
    const rows = new Map<string, number[]>();
    texts.forEach((text, row) => {
      for (const word of text.split(' ')) {
        const present = rows.get(word);
        if (present === undefined) rows.set(word, [row]);
        else if (present.at(-1) !== row) present.push(row);
      }
    });
    this.words = [...rows.keys()].sort();
    this.rowsOf = this.words.map((word) => rows.get(word) ?? []);
  }

  /** Keeps the rows that contain a word with this prefix. */
  keep(rows: Uint32Array, prefix: string): void {
    const matches = new Uint32Array(rows.length);
    const first = lowerBound(this.words.length, (at) => this.words[at]! < prefix);
    for (let at = first; this.words[at]?.startsWith(prefix) === true; at++)
      for (const row of this.rowsOf[at] ?? []) setBit(matches, row);
    and(rows, matches);
  }
}
