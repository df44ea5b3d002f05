/**
 * The service on a Galera cluster of three MariaDB nodes. Each process prefers another node and fails over to the
 * remaining ones.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { ChangeFollower } from '@catalogue';
import { chanceFrom } from '../support/chance';
import { startCatalogue } from '../support/catalogue';
import { CleanUp } from '../support/clean-up';
import { openMysql, queryAt } from '../support/databases';
import { eventually } from '../support/eventually';
import { externalIdsOf, recordChanges, writeWithPauses } from '../support/change-log';
import { Replicas, send, sendUntilAccepted, type Replica } from '../support/replicas';
import { startGalera, type Galera } from '../support/servers/galera';
import { startTcpFailover } from '../support/servers/nginx';
import { freePort } from '../support/servers/servers';

/** Time until the other nodes evict a failed node and the service reconnects to them. */
const FAILOVER_MS = 10_000;
const PRODUCTS = 5;

const cleanUp = new CleanUp();
let galera: Galera;
let replicas: Replicas;
let running: Replica[];
/** Product ids. They have gaps, because each Galera node allocates its own ids. */
let ids: number[];

beforeAll(async () => {
  galera = await startGalera();
  cleanUp.add(galera.remove);
  const ports = galera.nodes.map(({ url }) => Number(url.port));
  const fronts = await Promise.all(
    ports.map(async (_, at) => ({ port: await freePort(), ports: [...ports.slice(at), ...ports.slice(0, at)] })),
  );
  cleanUp.add((await startTcpFailover(...fronts)).stop);
  replicas = new Replicas(await openMysql(galera.nodes[0]!.url, 'catalogue'), { CACHE_ENABLED: 'false' });
  cleanUp.add(() => replicas.remove());
  await replicas.prepare();
  await replicas.cli('seed', '--rows', '5000');
  const products = await replicas.onDatabase((dataSource) =>
    dataSource.query<{ id: number }[]>('SELECT id FROM products ORDER BY id LIMIT 500'),
  );
  ids = products.map(({ id }) => id);
  running = await Promise.all(fronts.map(({ port }) => replicas.serve({ MYSQL_PORT: String(port) })));
}, 180_000);
afterAll(() => cleanUp.run());

const untilApplied = () =>
  eventually(
    () => replicas.countUnfinished(),
    (open) => open === 0,
  );

it('write conflicts: events that conflict at different nodes are applied, and the newest version wins', async () => {
  const events = Array.from({ length: 300 }, (_, at) => ({
    url: running[at % running.length]!.url,
    id: `stock-${at}`,
    body: {
      event: 'stock.updated',
      id: `demo-${String(1 + (at % PRODUCTS)).padStart(9, '0')}`,
      version: 1 + at,
      data: { stock: at },
    },
  }));
  await Promise.all(events.map(({ url, id, body }) => sendUntilAccepted([url], id, body)));
  await untilApplied();
  const states = Object.values(await replicas.states());
  expect(states.filter((state) => state !== 'DONE' && state !== 'SKIPPED')).toEqual([]);
  const stocks = await replicas.onDatabase((dataSource) =>
    dataSource.query<{ stock: number }[]>('SELECT stock FROM products WHERE external_id <= ? ORDER BY external_id', [
      `demo-${String(PRODUCTS).padStart(9, '0')}`,
    ]),
  );
  expect(stocks.map(({ stock }) => stock)).toEqual([295, 296, 297, 298, 299]);
  const conflicts = (await galera.sumOf('wsrep_local_cert_failures')) + (await galera.sumOf('wsrep_local_bf_aborts'));
  process.stdout.write(`  ${conflicts} write conflicts between nodes\n`);
  expect(conflicts).toBeGreaterThan(0);
});

it('change log: no follower at any node skips a change, although writers commit late at all nodes', async () => {
  const followers = await Promise.all(
    galera.nodes.map(async ({ url }) => {
      const database = await openMysql(url, 'catalogue');
      const catalogue = await startCatalogue(() => Promise.resolve({ ...database, drop: () => Promise.resolve() }));
      cleanUp.add(() => catalogue.close());
      const follower = catalogue.app.get(ChangeFollower, { strict: false });
      await follower.follow();
      return { catalogue, seen: recordChanges(follower) };
    }),
  );
  const written = await Promise.all(
    [0, 1, 2, 3, 4, 5].map((at) =>
      writeWithPauses(followers[at % 3]!.catalogue.app, `writer-${at}`, 20, chanceFrom(at + 1)),
    ),
  );
  expect(written.flat().length).toBeGreaterThan(60);
  for (const { seen } of followers)
    await eventually(
      () =>
        Promise.resolve(
          externalIdsOf(seen.changes)
            .filter((id) => id.startsWith('writer-'))
            .toSorted(),
        ),
      (ids) => JSON.stringify(ids) === JSON.stringify(written.flat().toSorted()),
    );
}, 90_000);

it('failover: if a node is killed, no event is lost and no read fails after 10 s', async () => {
  const accepted: string[] = [];
  const reads: { readonly endedMs: number; readonly status: number | undefined }[] = [];
  let isOver = false;
  const sender = async (at: number) => {
    for (let sent = 0; !isOver; sent++) {
      const id = `count-${at}-${sent}`;
      const status = await send(running[at % running.length]!.url, id, { event: 'test.count' });
      if (status === 200 || status === 202) accepted.push(id);
    }
  };
  const reader = async (at: number) => {
    for (let read = 0; !isOver; read++) {
      const path = [
        '/products?search=tomato&sort=price',
        `/products/${ids[read % ids.length]}`,
        '/products',
        '/categories',
      ][read % 4]!;
      const status = await fetch(running[at % running.length]!.url + path, { signal: AbortSignal.timeout(20_000) })
        .then(async (response) => {
          await response.arrayBuffer();
          return response.status;
        })
        .catch(() => undefined);
      reads.push({ endedMs: performance.now(), status });
    }
  };
  const load = Promise.all([...[0, 1, 2].map(sender), ...[0, 1, 2, 3, 4, 5].map(reader)]);
  await delay(5_000);
  const killedMs = performance.now();
  await galera.nodes[2]!.kill();
  await delay(25_000);
  isOver = true;
  await load;

  const failed = reads.filter(({ status }) => status !== 200);
  const lastFailedMs = Math.max(0, ...failed.map(({ endedMs }) => endedMs - killedMs));
  process.stdout.write(
    `  ${reads.length} reads, ${failed.length} failed, the last ${Math.round(lastFailedMs)} ms after the kill; ${accepted.length} events\n`,
  );
  expect(failed.filter(({ endedMs }) => endedMs < killedMs || endedMs > killedMs + FAILOVER_MS)).toEqual([]);
  await untilApplied();
  const applied = new Map((await replicas.applied()).map(({ eventId, times }) => [eventId, times]));
  expect(accepted.filter((id) => applied.get(id) !== 1)).toEqual([]);
  expect([...applied.values()].filter((times) => times !== 1)).toEqual([]);
}, 90_000);

it('failover: a killed node has all effects after its restart', async () => {
  await galera.nodes[2]!.restart();
  expect(await galera.sumOf('wsrep_cluster_size')).toBe(9);
  const counts = await Promise.all(galera.nodes.map(({ url }) => countEffects(url)));
  expect(new Set(counts).size).toBe(1);
}, 90_000);

async function countEffects(url: URL): Promise<number> {
  const [row] = await queryAt(url, 'SELECT COUNT(*) AS n FROM catalogue.test_effects');
  return Number(row?.['n']);
}
