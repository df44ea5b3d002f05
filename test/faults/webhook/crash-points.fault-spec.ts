/** Each fault at each failpoint. On MySQL a second replica survives; on SQLite a new process starts after the crash. */
import { POINTS, crash, type Crash } from '../../support/crash';
import { createSqlite, type TestDatabase } from '../../support/databases';
import { Replicas, type Replica } from '../../support/replicas';
import { createProxiedMysql } from '../../support/servers/proxied-mysql';
import type { Proxy } from '../../support/servers/proxy';

const crashesOf = (actions: readonly Crash['action'][]): Crash[] =>
  POINTS.flatMap((point) => actions.flatMap((action) => [1, 3].map((senders) => ({ point, action, senders }))));

describe('webhook inbox on MySQL', () => {
  let database: TestDatabase;
  let proxy: Proxy;
  let replicas: Replicas;
  let survivor: Replica;
  beforeAll(async () => {
    ({ direct: database, proxy } = await createProxiedMysql());
    replicas = new Replicas(database);
    await replicas.prepare();
    survivor = await replicas.serve();
  });
  afterAll(async () => {
    await replicas.remove();
    proxy.close();
    await database.drop();
  });

  it.each(crashesOf(['kill', 'stop', 'throw', 'cut']))(
    'exactly-once effect: events are applied once despite $action at $point, senders: $senders',
    (each) => crash(each, { replicas, survivor, proxy }),
  );
});

describe('webhook inbox on SQLite', () => {
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

  it.each(crashesOf(['kill', 'throw']))(
    'exactly-once effect: events are applied once despite $action at $point, senders: $senders',
    (each) => crash(each, { replicas, survivor: undefined, proxy: undefined }),
  );
});
