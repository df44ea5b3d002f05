/** Tables of benchmark results, from the JSON that the benchmark writes to docs/bench. */
import { GIVE_UP_MS } from '../../bench/live/freshness';
import type { LiveReport } from '../../bench/live/live-report';
import type { Report } from '../../bench/report/report';
import type { Summary } from '../../bench/report/statistics';
import { markdownTable } from './markdown';

type ReadJson = (path: string) => unknown;

/** Results of `npm run bench`, in the order of their columns. */
const RUNS = {
  'mariadb-1m': 'MariaDB 10.11, 1 million',
  'mysql-1m': 'MySQL 9.7, 1 million',
  'mariadb-10m': 'MariaDB 10.11, 10 million',
} as const;

interface CacheReport {
  readonly results: readonly {
    readonly coding: string;
    readonly bytes: number;
    readonly contenders: readonly { name: string; perSecond: number; p50Ms: number; p99Ms: number }[];
  }[];
}

interface WebhookReport {
  readonly results: readonly { name: string; flush: number; perSecond: number; p50Ms: number; p99Ms: number }[];
}

interface CostsReport {
  readonly costs: readonly { what: string; process: number; database: number; redis: number }[];
}

interface SyncReport {
  readonly results: readonly { name: string; database: string; seconds: number; memoryMib: readonly number[] }[];
}

/** By the name that the marker in a document has: `<!-- bench:latency -->`. */
export function benchmarkTables(readJson: ReadJson): Readonly<Record<string, string>> {
  const runs = Object.entries(RUNS).map(([folder, title]) => ({
    title,
    report: readJson(`${folder}/queries.json`) as Report,
  }));
  return {
    highlights: highlightsTable(
      runs[1]!.report,
      readJson('cache.json') as CacheReport,
      readJson('webhook.json') as WebhookReport,
      readJson('live.json') as LiveReport,
    ),
    latency: latencyTable(runs),
    'access-paths': accessPathTable(runs),
    baselines: baselineTable(runs),
    cache: cacheTable(readJson('cache.json') as CacheReport),
    webhook: webhookTable(readJson('webhook.json') as WebhookReport),
    live: liveTable(readJson('live.json') as LiveReport),
    freshness: freshnessTable(readJson('live.json') as LiveReport),
    costs: costsTable(readJson('costs.json') as CostsReport),
    sync: syncTable(readJson('sync.json') as SyncReport),
  };
}

type Runs = readonly { readonly title: string; readonly report: Report }[];

function highlightsTable(
  { comparisons }: Report,
  { results: pages }: CacheReport,
  { results: events }: WebhookReport,
  live: LiveReport,
): string {
  const baseline = comparisons.find((each) => each.baseline === 'nestjs-paginate')!;
  return markdownTable(
    ['two cores, same run', 'FarmLokal', 'baseline'],
    [
      [
        `uncached page of 1 million products on MySQL: p95 of the ${baseline.theirs.requests} queries that both ran`,
        `${rounded(baseline.own.p95Ms)} ms`,
        `nestjs-paginate: ${rounded(baseline.theirs.p95Ms)} ms`,
      ],
      [
        'cached pages per second, one process',
        pages[0]!.contenders[0]!.perSecond.toLocaleString('en'),
        `Nest controller with pages in Redis: ${pages[0]!.contenders[2]!.perSecond.toLocaleString('en')}`,
      ],
      [
        'events accepted per second: looked up, hashed, committed',
        events[0]!.perSecond.toLocaleString('en'),
        `upper bound, one bare INSERT: ${events[2]!.perSecond.toLocaleString('en')}`,
      ],
      [
        `reads from the cache while ${CHANGES_IN_README} stocks change per second`,
        `${hitsOf(live, THIS_VERSION)} %`,
        `invalidation of all pages at each change: ${hitsOf(live, BEFORE)} %`,
      ],
    ],
  );
}

function latencyTable(runs: Runs): string {
  const own = runs.map(({ report }) => report.own);
  const row = (name: string, of: (each: Report['own']) => Summary | undefined) => [
    name,
    ...own.map((each) => latencies(of(each))),
  ];
  return markdownTable(
    ['p50 / p95 / p99 / maximum, ms', ...runs.map(({ title }) => title)],
    [
      row('all', ({ all }) => all),
      ...Object.keys(own[0]!.byGroup).map((group) => row(group, ({ byGroup }) => byGroup[group])),
      ...Object.keys(own[0]!.byPage).map((page) => row(page, ({ byPage }) => byPage[page])),
    ],
  );
}

function accessPathTable(runs: Runs): string {
  return markdownTable(
    ['access path', 'reads', 'mean ms', 'within 10 ms', 'within 100 ms'],
    runs.flatMap(({ title, report }) =>
      Object.entries(report.own.byPath).map(([path, { reads, meanMs, within10Ms, within100Ms }]) => [
        `${path}, ${title}`,
        reads.toLocaleString('en'),
        String(meanMs),
        `${within10Ms} %`,
        `${within100Ms} %`,
      ]),
    ),
  );
}

function baselineTable(runs: Runs): string {
  return markdownTable(
    ['p50 / p95 / maximum, ms', 'baseline', 'FarmLokal, same queries', 'ratio at p95', 'queries'],
    runs.flatMap(({ title, report }) =>
      report.comparisons.map(({ baseline, theirs, own, p95Ratio }) => [
        `${baseline}, ${title}`,
        [theirs.p50Ms, theirs.p95Ms, theirs.worstMs].map(rounded).join(' / '),
        [own.p50Ms, own.p95Ms, own.worstMs].map(rounded).join(' / '),
        String(Math.round(p95Ratio)),
        String(theirs.requests),
      ]),
    ),
  );
}

function cacheTable({ results }: CacheReport): string {
  return markdownTable(
    [
      'requests/s; p50 / p99 ms',
      ...results.map(({ coding, bytes }) => `${coding}, ${bytes.toLocaleString('en')} bytes`),
    ],
    results[0]!.contenders.map(({ name }) => [
      name,
      ...results.map(({ contenders }) => {
        const [own, found] = [contenders[0]!, contenders.find((each) => each.name === name)];
        if (found === undefined) return '';
        const ratio = found === own ? '' : ` (FarmLokal: ${Math.round((100 * own.perSecond) / found.perSecond)} %)`;
        return `${found.perSecond.toLocaleString('en')}${ratio}; ${found.p50Ms} / ${found.p99Ms}`;
      }),
    ]),
  );
}

function webhookTable({ results }: WebhookReport): string {
  const names = [...new Set(results.map(({ name }) => name))];
  const cell = (name: string, flush: number) => {
    const found = results.find((each) => each.name === name && each.flush === flush)!;
    return `${found.perSecond.toLocaleString('en')}; ${rounded(found.p50Ms)} / ${rounded(found.p99Ms)}`;
  };
  return markdownTable(
    ['accepted per second; p50 / p99 ms', 'log flushed at each commit', 'once per second'],
    names.map((name) => [name, cell(name, 1), cell(name, 2)]),
  );
}

const CHANGES_IN_README = 100;
const THIS_VERSION = 'this version';
const BEFORE = 'before';

function hitsOf({ loads }: LiveReport, version: string): number {
  const load = loads.find((each) => each.name === `${CHANGES_IN_README} events/s` && each.version === version);
  return load!.reads!.hitPercent;
}

/** Each cell has the version before and this one. */
function liveTable({ loads }: LiveReport): string {
  const names = [...new Set(loads.map(({ name }) => name))];
  const pair = (name: string, of: (load: LiveReport['loads'][number]) => string | undefined) => {
    const [before, current] = [BEFORE, THIS_VERSION].map((version) =>
      of(loads.find((each) => each.name === name && each.version === version)!),
    );
    return before === undefined || current === undefined ? '–' : `${before} → ${current}`;
  };
  return markdownTable(
    ['before → this version', 'from the cache, %', 'p50 ms', 'p95 ms', 'p99 ms', 'processor ms per read', 'applied/s'],
    names.map((name) => [
      name,
      pair(name, ({ reads }) => reads?.hitPercent.toString()),
      pair(name, ({ reads }) => reads && rounded(reads.p50Ms)),
      pair(name, ({ reads }) => reads && rounded(reads.p95Ms)),
      pair(name, ({ reads }) => reads && rounded(reads.p99Ms)),
      pair(name, ({ reads }) => reads?.processMsPerRead.toString()),
      pair(name, ({ appliedPerSecond }) => Math.round(appliedPerSecond).toLocaleString('en')),
    ]),
  );
}

function freshnessTable({ freshness }: LiveReport): string {
  return markdownTable(
    ['commit → new page at another replica', 'version', 'p50 ms', 'p99 ms'],
    freshness.map(({ name, version, p50Ms, p99Ms }) => [name, version, orOverdue(p50Ms), orOverdue(p99Ms)]),
  );
}

function orOverdue(ms: number): string {
  return ms >= GIVE_UP_MS ? `> ${rounded(GIVE_UP_MS)}` : rounded(ms);
}

function costsTable({ costs }: CostsReport): string {
  return markdownTable(
    ['processor time, µs', 'service', 'database', 'Redis'],
    costs.map(({ what, ...times }) => [
      what,
      ...[times.process, times.database, times.redis].map((each) => each.toLocaleString('en')),
    ]),
  );
}

function syncTable({ results }: SyncReport): string {
  return markdownTable(
    ['', 'database', 'seconds', 'resident MiB, by quarter'],
    results.map(({ name, database, seconds, memoryMib }) => [name, database, String(seconds), memoryMib.join(', ')]),
  );
}

function latencies(summary: Summary | undefined): string {
  if (summary === undefined) return '';
  return [summary.p50Ms, summary.p95Ms, summary.p99Ms, summary.worstMs].map(rounded).join(' / ');
}

/** Three digits are more than a noisy machine can repeat. */
function rounded(ms: number): string {
  return ms >= 100 ? Math.round(ms).toLocaleString('en') : ms.toFixed(1);
}
