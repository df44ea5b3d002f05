/** Markdown as Prettier formats it. */

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
