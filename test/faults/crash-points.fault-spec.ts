/** Every failpoint, every accident there, one sender and three: on MySQL beside a replica, on SQLite one after another. */
import { createMysql, createSqlite, type TestDatabase } from '../support/databases';
import { startProxy, type Proxy } from '../support/proxy';
import { Replicas, type Replica } from '../support/replicas';
import { crash, POINTS, type Crash } from '../support/crash';

const crashesOf = (actions: readonly Crash['action'][]): Crash[] =>
  POINTS.flatMap((point) => actions.flatMap((action) => [1, 3].map((senders) => ({ point, action, senders }))));

describe('on MySQL', () => {
  let database: TestDatabase;
  let proxy: Proxy;
  let replicas: Replicas;
  let survivor: Replica;
  beforeAll(async () => {
    database = await createMysql();
    if (database.config.kind !== 'mysql') throw new Error('this is about MySQL');
    proxy = await startProxy(database.config.host, database.config.port);
    replicas = new Replicas(database);
    await replicas.prepare();
    survivor = await replicas.serve();
  });
  afterAll(async () => {
    await replicas.remove();
    proxy.close();
    await database.drop();
  });

  it.each(crashesOf(['kill', 'stop', 'throw', 'cut']))('$action at $point, $senders sending', (each) =>
    crash(each, { replicas, survivor, proxy }),
  );
});

describe('on embedded SQLite', () => {
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

  it.each(crashesOf(['kill', 'throw']))('$action at $point, $senders sending', (each) =>
    crash(each, { replicas, survivor: undefined, proxy: undefined }),
  );
});
