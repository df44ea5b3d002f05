/** A process that starts with a backlog of events on the embedded database serves requests from the beginning. */
import { createSqlite, type TestDatabase } from '../support/databases';
import { Replicas } from '../support/replicas';

const BACKLOG = 20_000;

let database: TestDatabase;
let replicas: Replicas;
beforeAll(async () => {
  database = await createSqlite();
  replicas = new Replicas(database);
  await replicas.prepare();
});
afterAll(async () => {
  await replicas.remove();
  await database.drop();
});

it('backlog: requests are answered while 20,000 events wait and are applied', async () => {
  await replicas.onDatabase((dataSource) =>
    dataSource.query(
      `INSERT INTO webhook_events
         (event_id, body_sha256, type, payload, request_id, state, received_at_ms, due_at_ms)
       WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ${BACKLOG})
       SELECT 'backlog-' || n, '', 'test.count', '{"event":"test.count"}', '', 'RECEIVED', 1, 1 FROM numbers`,
    ),
  );
  const replica = await replicas.serve(); // returns after its first answer
  const waiting: number[] = [await replicas.open()];
  for (let asked = 0; asked < 20; asked++) {
    const answer = await fetch(`${replica.url}/products?limit=1`);
    expect(answer.status).toBe(200);
    waiting.push(await replicas.open());
  }
  expect(waiting[0]).toBeGreaterThan(BACKLOG / 2);
  expect(waiting.at(-1)).toBeLessThan(waiting[0]!);
  const applied = await replicas.applied();
  expect(applied.length).toBeGreaterThan(0);
  expect(applied.every(({ times }) => times === 1)).toBe(true);
});
