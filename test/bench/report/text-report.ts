/** The report as text for a terminal. Pure. */
import type { Comparison, Report } from './report';
import type { Summary } from './statistics';

const HEADINGS = ['', 'requests', 'p50', 'p95', 'p99', 'max ms'];

export function toText({ facts, own, comparisons, worst }: Report): string {
  return [
    `GET /products, ${facts.rows} products, ${facts.server}, Node.js ${facts.node}`,
    `${facts.cores} cores of ${facts.cpu}, ${facts.memoryGib} GiB`,
    '',
    table([
      HEADINGS,
      ['FarmLokal', ...cells(own.all)],
      ...[own.byGroup, own.byPage, own.bySort].flatMap((part) => [
        [],
        ...Object.entries(part).map(([name, summary]) => [`  ${name}`, ...cells(summary)]),
      ]),
    ]),
    '',
    table([
      ['by access path, inside the service', 'reads', 'mean ms', '≤ 10 ms', '≤ 100 ms'],
      ...Object.entries(own.byPath).map(([path, { reads, meanMs, within10Ms, within100Ms }]) => [
        `  ${path}`,
        ...[String(reads), meanMs.toFixed(1), `${within10Ms.toFixed(1)} %`, `${within100Ms.toFixed(1)} %`],
      ]),
    ]),
    ...comparisons.flatMap((comparison) => ['', comparisonTable(comparison)]),
    '',
    `The ${worst.length} slowest requests to FarmLokal, ms:`,
    ...worst.flatMap(({ address, latencyMs, plan = [] }) => [
      `${latencyMs.toFixed(1).padStart(9)}  ${decodeURIComponent(address)}`,
      ...plan.map((line) => `           ${line}`),
    ]),
  ].join('\n');
}

function comparisonTable({ baseline, theirs, own, p95Ratio, totals, byGroup }: Comparison): string {
  const row = (name: string, of: Pick<Comparison, 'theirs' | 'own'>) => [
    name,
    ...cells(of.theirs),
    ...cells(of.own).slice(1),
  ];
  const rows = table([
    [`${baseline} | FarmLokal, same queries`, ...HEADINGS.slice(1), ...HEADINGS.slice(2)],
    row('all', { theirs, own }),
    ...Object.entries(byGroup).map(([group, of]) => row(`  ${group}`, of)),
  ]);
  return `${rows}\np95 is ${p95Ratio} times FarmLokal's; ${totals.different} of ${totals.compared} exact totals differ.`;
}

function cells({ requests, ...latencies }: Summary): string[] {
  return [String(requests), ...Object.values(latencies).map((ms: number) => ms.toFixed(1))];
}

/** Aligns the first column to the left and figures to the right. */
function table(rows: readonly (readonly string[])[]): string {
  return rows
    .map(([first = '', ...figures]) => first.padEnd(44) + figures.map((figure) => figure.padStart(10)).join(''))
    .map((line) => line.trimEnd())
    .join('\n');
}
