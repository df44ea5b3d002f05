/** Poison events: they crash their process or block it forever (S14). */
import { createMysql } from '../../support/databases';
import { eventually } from '../../support/eventually';
import { Replicas, send, sendUntilAccepted, type Replica } from '../../support/replicas';

const MAX_ATTEMPTS = 4;

let replicas: Replicas;
beforeAll(async () => {
  replicas = await Replicas.on(createMysql, { WEBHOOK_MAX_ATTEMPTS: String(MAX_ATTEMPTS) });
});
afterAll(() => replicas.remove());

it.each(['test.abort', 'test.loop'])(
  'poison event: %s is DEAD after its attempts, all other events are applied, and replay works',
  async (event) => {
    const slots: Replica[] = [await replicas.serve(), await replicas.serve()];
    const over = new AbortController();
    let ended = 0;
    /** Restarts a replica that exited, as Kubernetes does; also if it exits before its first response. */
    const keepRunning = async (at: number) => {
      await slots[at]!.finished;
      while (!over.signal.aborted) {
        ended += 1;
        const next = await replicas.serve().catch(() => undefined);
        if (next === undefined) continue;
        slots[at] = next;
        await next.finished;
      }
    };
    const running = [keepRunning(0), keepRunning(1)];
    const poison = `poison-${event}`;
    await sendUntilAccepted([slots[0]!.url, slots[1]!.url], poison, { event });

    const others: string[] = [];
    while ((await replicas.states())[poison] !== 'DEAD') {
      const id = `${event}-other-${others.length}`;
      others.push(id);
      for (let at = 0; ![200, 202].includes((await send(slots[at % 2]!.url, id, { event: 'test.count' }, 500)) ?? 0);)
        at++;
    }
    await eventually(
      () => replicas.states(),
      (states) => others.every((id) => states[id] === 'DONE'),
    );
    expect(others.length).toBeGreaterThan(2);
    await eventually(
      () => ended,
      (processes) => processes >= MAX_ATTEMPTS,
    );
    expect(ended).toBe(MAX_ATTEMPTS);
    over.abort();
    await replicas.stop('SIGKILL');
    await Promise.all(running);

    const harmless = await replicas.serve({ FARMLOKAL_TEST_HARMLESS: 'true' });
    expect(await replicas.cli('webhook', 'list', '--state', 'dead')).toContain(poison);
    expect(await replicas.cli('webhook', 'replay', poison)).toContain('replayed');
    await eventually(
      () => replicas.states(),
      (states) => states[poison] === 'DONE',
    );
    const applied = await replicas.applied();
    for (const id of [poison, ...others])
      expect(applied.find(({ eventId }) => eventId === id)).toMatchObject({ times: 1 });
    await replicas.stop('SIGKILL', harmless);
  },
);
