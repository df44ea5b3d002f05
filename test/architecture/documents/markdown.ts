/** Markdown as Prettier formats it. */

/** Joins words by spaces, in lines of at most `maxLength` characters: `['a', 'b', 'c']`, 3 → `['a b', 'c']`. */
export function wrapWords(words: readonly string[], maxLength: number): string[] {
  const lines = [''];
  for (const word of words)
    if (`${lines.at(-1)} ${word}`.length > maxLength) lines.push(word);
    else lines.push(`${lines.pop()} ${word}`.trimStart());
  return lines;
}

/** Columns are padded to their longest cell; `|` in a cell is escaped. */
export function markdownTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = [header, ...rows].map((row) => row.map((cell) => cell.replaceAll('|', '\\|')));
  const widths = header.map((_, at) => Math.max(3, ...cells.map((row) => [...(row[at] ?? '')].length)));
  const toLine = (row: readonly string[]) =>
    `| ${row.map((cell, at) => cell + ' '.repeat(widths[at]! - [...cell].length)).join(' | ')} |`;
  return [toLine(cells[0]!), toLine(widths.map((width) => '-'.repeat(width))), ...cells.slice(1).map(toLine)].join(
    '\n',
  );
}
