/**
 * A process killed at each step of accepting and applying, on SQLite at those that are about a commit; `npm run test:faults`
 * has all of them on both, and every other accident as well.
 */
import { crash, POINTS } from '../support/crash';
import { databases, type TestDatabase } from '../support/databases';
import { Replicas, type Replica } from '../support/replicas';

const ABOUT_A_COMMIT = ['in.insert.sent', 'in.insert.committed', 'wk.done.updated', 'wk.committed'];

describe.each(databases)('on %s', (name, createDatabase) => {
  let database: TestDatabase;
  let replicas: Replicas;
  let survivor: Replica | undefined;
  beforeAll(async () => {
    database = await createDatabase();
    replicas = new Replicas(database);
    await replicas.prepare();
    if (name === 'MySQL') survivor = await replicas.serve();
  });
  afterAll(async () => {
    await replicas.remove();
    await database.drop();
  });

  it.each(name === 'MySQL' ? POINTS : ABOUT_A_COMMIT)(
    'killed at %s, while three are sending, every event is applied once',
    (point) => crash({ point, action: 'kill', senders: 3 }, { replicas, survivor, proxy: undefined }),
  );
});
