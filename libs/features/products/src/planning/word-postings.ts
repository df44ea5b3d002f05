import { lowerBound } from '../lower-bound';
import { and, setBit } from '../search-index/bitset';

/** Which rows of a sample have which word: sorted words, so that those with one beginning lie side by side. */
export class WordPostings {
  private readonly words: readonly string[];
  private readonly rowsOf: readonly (readonly number[])[];

  /** `texts` are ` word word `, one a row. */
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

  /** Keeps those rows that have a word which begins so. */
  keep(rows: Uint32Array, beginning: string): void {
    const found = new Uint32Array(rows.length);
    const first = lowerBound(this.words.length, (at) => this.words[at]! < beginning);
    for (let at = first; this.words[at]?.startsWith(beginning) === true; at++)
      for (const row of this.rowsOf[at] ?? []) setBit(found, row);
    and(rows, found);
  }
}
