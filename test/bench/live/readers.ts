/** Readers of the catalogue: they open pages by their popularity, and record latencies and cache hits. */
import type { ResponseBody } from '../measured-response';
import { chanceFrom } from '../../support/chance';
import type { LoadClient } from './load-client';
import type { Page } from './pages';
import { zipfIndexes } from './zipf';

const SEED = 7;

/** Number of pages that the warm-up requests at the same time. */
const WARM_UP_CONCURRENCY = 4;

export class Readers {
  readonly latenciesMs: number[] = [];
  hits = 0;
  private readonly nextIndex: () => number;

  constructor(
    private readonly client: LoadClient,
    private readonly paths: readonly string[],
  ) {
    this.nextIndex = zipfIndexes(paths.length, chanceFrom(SEED));
  }

  async read(startMs: number): Promise<void> {
    const response = await this.client.get(this.paths[this.nextIndex()]!);
    this.latenciesMs.push(performance.now() - startMs);
    if (String(response?.headers['cache-status']).includes('hit')) this.hits += 1;
  }
}

/** Requests every path once. */
export async function warmUp(client: LoadClient, paths: readonly string[]): Promise<void> {
  const remaining = paths.values();
  const readRemaining = async () => {
    for (const path of remaining) await client.get(path);
  };
  await Promise.all(Array.from({ length: WARM_UP_CONCURRENCY }, readRemaining));
}

/** Returns the paths of the pages, with the cursors of this version of the service. A short list has none. */
export async function pathsOf(client: LoadClient, pages: readonly Page[]): Promise<string[]> {
  const paths: string[] = [];
  for (const page of pages) paths.push(page.isNext ? await nextPathOf(client, page.path) : page.path);
  return paths;
}

async function nextPathOf(client: LoadClient, path: string): Promise<string> {
  const response = await client.get(path, 'identity');
  if (response === undefined) throw new Error(`${path}: ${[...client.failures.keys()].join(', ')}`);
  const cursor = (JSON.parse(response.body) as ResponseBody).pagination?.nextCursor;
  return cursor ? `${path}&cursor=${encodeURIComponent(cursor)}` : `${path}&limit=40`;
}
