/** A process that starts with a backlog of events on the embedded database serves requests immediately. */
import { createSqlite } from '../../support/databases';
import { Replicas } from '../../support/replicas';

const BACKLOG = 20_000;

let replicas: Replicas;
beforeAll(async () => {
  replicas = await Replicas.on(createSqlite);
});
afterAll(() => replicas.remove());

it('backlog: requests are served while 20,000 events wait and are applied', async () => {
  await replicas.onDatabase((dataSource) =>
    dataSource.query(
      `INSERT INTO webhook_events
         (event_id, body_sha256, type, payload, request_id, state, received_at_ms, due_at_ms)
       WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ${BACKLOG})
       SELECT 'backlog-' || n, '', 'test.count', '{"event":"test.count"}', '', 'RECEIVED', 1, 1 FROM numbers`,
    ),
  );
  const replica = await replicas.serve(); // resolves after the first response
  const waiting: number[] = [await replicas.countUnfinished()];
  for (let count = 0; count < 20; count++) {
    const response = await fetch(`${replica.url}/products?limit=1`);
    expect(response.status).toBe(200);
    waiting.push(await replicas.countUnfinished());
  }
  expect(waiting[0]).toBeGreaterThan(BACKLOG / 2);
  expect(waiting.at(-1)).toBeLessThan(waiting[0]!);
  const applied = await replicas.applied();
  expect(applied.length).toBeGreaterThan(0);
  expect(applied.every(({ times }) => times === 1)).toBe(true);
});
