/** Each fault at each failpoint on SQLite, where a new process starts after the crash. */
import { crash, crashesOf } from '../../support/crash';
import { createSqlite } from '../../support/databases';
import { Replicas } from '../../support/replicas';

let replicas: Replicas;

beforeAll(async () => {
  replicas = await Replicas.on(createSqlite);
});
afterAll(() => replicas.remove());

it.each(crashesOf(['kill', 'throw']))(
  'exactly-once effect on SQLite: events are applied once despite $action at $point, senders: $senders',
  (each) => crash(each, { replicas, survivor: undefined, proxy: undefined }),
);
