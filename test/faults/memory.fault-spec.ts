/** With more pages and words than fit into the caches, memory stays within documented limits. */
import { join } from 'node:path';
import { Pool } from 'undici';
import { createSqlite } from '../support/databases';
import { eventually } from '../support/eventually';
import { Replicas, type Replica } from '../support/replicas';

const MIB = 1_024 ** 2;
/** docs/scaling.md, "What a process holds": pages, and addresses as clients write them. */
const PAGE_CACHE_MIB = 64 + 8;
const CLIENTS = 4;

let replicas: Replicas;
beforeAll(async () => {
  replicas = await Replicas.on(createSqlite, {
    NODE_OPTIONS: `--require ${join(__dirname, '../support/jest/collect-garbage.cjs')}`,
  });
  await replicas.cli('seed', '--rows', '5000');
});
afterAll(() => replicas.remove());

/** Returns the memory usage of a process after a full garbage collection. */
async function memoryOf({ child, stderr }: Replica): Promise<NodeJS.MemoryUsage> {
  const before = stderr().length;
  child.kill('SIGUSR2');
  const written = await eventually(
    () => /^memory (.*)\n/m.exec(stderr().slice(before))?.[1],
    (json) => json !== undefined,
  );
  return JSON.parse(written ?? '') as NodeJS.MemoryUsage;
}

/** Requests `count` paths once each with concurrent clients. */
async function requestAll({ url }: Replica, count: number, pathOf: (at: number) => string): Promise<void> {
  const pool = new Pool(url, { connections: CLIENTS });
  let next = 0;
  const client = async () => {
    for (let at = next++; at < count; at = next++) {
      const { statusCode, body } = await pool.request({
        path: pathOf(at),
        method: 'GET',
        headers: { 'accept-encoding': 'br' },
      });
      await body.dump();
      if (statusCode !== 200) throw new Error(`${pathOf(at)} returned ${statusCode}`);
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
  await pool.close();
}

const heldBy = ({ heapUsed, external }: NodeJS.MemoryUsage) => (heapUsed + external) / MIB;

it.each([
  ['small pages', 15_000, (at: number) => `/products?minPrice=${1 + (at % 9_000)}&maxPrice=${10_000 + at}&limit=1`],
  ['pages of 20 unknown categories', 15_000, (at: number) => `/products?category=${unknownCategories(at)}`],
] as const)(
  'page cache: %s take at most the documented memory',
  async (_, count, pathOf) => {
    const used: NodeJS.MemoryUsage[] = [];
    for (const [isCached, requests] of [
      ['false', count / 10],
      ['true', count],
    ] as const) {
      const replica = await replicas.serve({ CACHE_ENABLED: isCached });
      await requestAll(replica, requests, pathOf);
      used.push(await memoryOf(replica));
      await replicas.stop('SIGKILL', replica);
    }
    const [without, cached] = used as [NodeJS.MemoryUsage, NodeJS.MemoryUsage];
    const heldMib = heldBy(cached) - heldBy(without);
    expect(heldMib).toBeGreaterThan(10); // the cache was used
    expect(heldMib).toBeLessThan(PAGE_CACHE_MIB);
    // Resident memory also includes free memory that V8 and the allocator retain.
    expect((cached.rss - without.rss) / MIB).toBeLessThan(2 * PAGE_CACHE_MIB);
  },
  600_000,
);

it('index cache: memory is flat over 40,000 distinct words', async () => {
  const replica = await replicas.serve({ CACHE_ENABLED: 'false' });
  const search = (at: number) => `/products?search=q${at.toString(36)}z&limit=5`;
  await requestAll(replica, 20_000, (at) => search(1_000_000 + at)); // fills the cache
  const filled = await memoryOf(replica);
  await requestAll(replica, 40_000, search);
  expect(heldBy(await memoryOf(replica)) - heldBy(filled)).toBeLessThan(8);
}, 600_000);

function unknownCategories(at: number): string {
  return Array.from({ length: 20 }, (_, slug) => `unknown-${at}-${slug}`.padEnd(60, 'x')).join(',');
}
