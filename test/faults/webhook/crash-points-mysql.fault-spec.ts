/** Each fault at each failpoint on MySQL, where a second replica survives. */
import { crash, crashesOf } from '../../support/crash';
import type { TestDatabase } from '../../support/databases';
import { Replicas, type Replica } from '../../support/replicas';
import { createProxiedMysql } from '../../support/servers/proxied-mysql';
import type { Proxy } from '../../support/servers/proxy';

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
  'exactly-once effect on MySQL: events are applied once despite $action at $point, senders: $senders',
  (each) => crash(each, { replicas, survivor, proxy }),
);
