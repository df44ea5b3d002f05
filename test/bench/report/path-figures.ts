/** List reads of the service by access path: differences between two scrapes of its metrics. */

export interface PathFigures {
  readonly reads: number;
  readonly meanMs: number;
  /** Percentage of reads. */
  readonly within10Ms: number;
  readonly within100Ms: number;
}

interface PathCounts {
  readonly reads: number;
  readonly seconds: number;
  readonly within10Ms: number;
  readonly within100Ms: number;
}

const METRIC = 'farmlokal_catalogue_read_duration_seconds';
const ZERO: PathCounts = { reads: 0, seconds: 0, within10Ms: 0, within100Ms: 0 };

export async function scrapePathCounts(baseUrl: string): Promise<ReadonlyMap<string, PathCounts>> {
  const response = await fetch(`${baseUrl}/metrics`, { headers: { accept: 'text/plain' } });
  return parsePathCounts(await response.text());
}

export function parsePathCounts(exposition: string): ReadonlyMap<string, PathCounts> {
  const counts = new Map<string, PathCounts>();
  for (const line of exposition.split('\n')) {
    const [, name = '', labels = '', value = ''] = /^(\w+)\{([^}]*)\} (\S+)$/.exec(line) ?? [];
    const path = /path="([^"]+)"/.exec(labels)?.[1];
    const field = countedBy(name, /le="([^"]+)"/.exec(labels)?.[1]);
    if (path === undefined || field === undefined) continue;
    const previous = counts.get(path) ?? ZERO;
    counts.set(path, { ...previous, [field]: previous[field] + Number(value) });
  }
  return counts;
}

function countedBy(name: string, upperBound: string | undefined): keyof PathCounts | undefined {
  if (name === `${METRIC}_count`) return 'reads';
  if (name === `${METRIC}_sum`) return 'seconds';
  if (name !== `${METRIC}_bucket`) return undefined;
  return upperBound === '0.01' ? 'within10Ms' : upperBound === '0.1' ? 'within100Ms' : undefined;
}

export function figuresBetween(
  before: ReadonlyMap<string, PathCounts>,
  after: ReadonlyMap<string, PathCounts>,
): Record<string, PathFigures> {
  const figures: Record<string, PathFigures> = {};
  for (const [path, now] of after) {
    const then = before.get(path) ?? ZERO;
    const reads = now.reads - then.reads;
    if (reads === 0) continue;
    const share = (of: 'within10Ms' | 'within100Ms') => round((100 * (now[of] - then[of])) / reads);
    const meanMs = round((1_000 * (now.seconds - then.seconds)) / reads);
    figures[path] = { reads, meanMs, within10Ms: share('within10Ms'), within100Ms: share('within100Ms') };
  }
  return figures;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
