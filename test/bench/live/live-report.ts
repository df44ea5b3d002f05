/** The results of the live benchmark as text for a terminal. Pure. */
import type { MachineFacts } from '../machine';
import { GIVE_UP_MS, type FreshnessFigures } from './freshness';
import type { Version } from './live-service';
import type { LoadFigures, ReadFigures } from './load-step';

interface Step {
  readonly name: string;
  readonly version: Version['name'];
}

export type LoadResult = Step & LoadFigures & { readonly eventsPerSecond?: number };
export type FreshnessResult = Step & FreshnessFigures;

export interface LiveReport {
  readonly facts: MachineFacts & { readonly rows: number; readonly server: string };
  /** Average over a minute before the run: figures are comparable only if the machine has no other work. */
  readonly loadAverage: number;
  readonly readsPerSecond: number;
  /** Number of distinct pages that are read. */
  readonly pages: number;
  /** Duration of a step. */
  readonly seconds: number;
  /** Number of events that become due at once. */
  readonly backlog: number;
  readonly loads: readonly LoadResult[];
  readonly freshness: readonly FreshnessResult[];
}

const LOAD_COLUMNS = [
  ...['', 'version', 'from the cache', 'p50 ms', 'p95 ms', 'p99 ms', 'processor ms/read'],
  ...['accepted/s', 'applied/s', 'failed'],
];
const FRESHNESS_COLUMNS = ['commit → another replica', 'version', 'probes', 'p50 ms', 'p99 ms', 'failed'];

const NO_READS = ['–', '–', '–', '–', '–'];

export function toLiveText(report: LiveReport): string {
  const { facts, readsPerSecond, pages, seconds, backlog, loads, freshness } = report;
  return [
    `${readsPerSecond} reads/s of ${pages} pages, ${facts.rows} products, ${seconds} s per step; ${facts.server}, Node.js ${facts.node}`,
    `${facts.cores} cores of ${facts.cpu}, ${facts.memoryGib} GiB, with clients and servers on this machine; load average before the run: ${report.loadAverage}`,
    '',
    ...table(LOAD_COLUMNS, loads.map(toLoadCells)),
    '',
    'The processor time of the service, divided by the number of reads, includes its work on events.',
    `apply alone: without reads, at most ${backlog} events that become due at once; sustained: the same beside the reads.`,
    '',
    ...table(FRESHNESS_COLUMNS, freshness.map(toFreshnessCells)),
  ].join('\n');
}

/** Returns a line for each kind of unexpected response in each step. */
export function failuresIn({ loads, freshness }: LiveReport): string[] {
  return [...loads, ...freshness]
    .filter(({ failed }) => failed > 0)
    .map(({ name, version, failed, failures }) => `${name}, ${version}: ${failed} failed, ${JSON.stringify(failures)}`);
}

function toLoadCells({ name, version, reads, acceptedPerSecond, appliedPerSecond, failed }: LoadResult): string[] {
  const accepted = acceptedPerSecond === 0 ? '–' : String(acceptedPerSecond);
  return [
    name,
    version,
    ...(reads ? toReadCells(reads) : NO_READS),
    accepted,
    String(appliedPerSecond),
    String(failed),
  ];
}

function toReadCells({ hitPercent, p50Ms, p95Ms, p99Ms, processMsPerRead }: ReadFigures): string[] {
  return [`${hitPercent} %`, ...[p50Ms, p95Ms, p99Ms, processMsPerRead].map(String)];
}

function toFreshnessCells({ name, version, probes, p50Ms, p99Ms, failed }: FreshnessResult): string[] {
  return [name, version, String(probes), toBounded(p50Ms), toBounded(p99Ms), String(failed)];
}

function toBounded(ms: number): string {
  return ms < GIVE_UP_MS ? String(ms) : `> ${GIVE_UP_MS}`;
}

function table(columns: readonly string[], rows: readonly (readonly string[])[]): string[] {
  return [columns, columns.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
}
