import fc from 'fast-check';
import { advanceWithDatabase, databaseFailures } from '@testing/database';
import { inboxPolicy } from '../inbox.policy';
import { newEvent, useInbox } from '../testing';

const { acceptBatches } = inboxPolicy;

describe('batches of deliveries', () => {
  const inbox = useInbox();

  it('batch: deliveries that arrive while others are being stored are committed together', async () => {
    const replica = inbox().replica();
    const inserted = jest.spyOn(replica.inboxRepository, 'insert');
    const ids = Array.from({ length: 20 }, (_, at) => `evt-${at}`);
    const results = await Promise.all(ids.map((id) => replica.writer.store(newEvent(id))));
    expect(new Set(results.map(({ kind }) => kind))).toEqual(new Set(['accepted']));
    expect((await inbox().rows()).map(({ eventId }) => eventId).sort()).toEqual(ids.toSorted());
    expect(inserted.mock.calls.length).toBeLessThanOrEqual(acceptBatches.concurrent + 1);
  });

  it('batch: repeated ids and other bodies in one batch have the same results as one after another', async () => {
    const deliveries = fc.array(fc.record({ id: fc.constantFrom('a', 'b', 'c'), body: fc.nat(1) }), { maxLength: 10 });
    let run = 0;
    await fc.assert(
      fc.asyncProperty(deliveries, async (all) => {
        run += 1;
        const replica = inbox().replica();
        const eventOf = (suffix: string) => (each: { id: string; body: number }, at: number) =>
          newEvent(`${each.id}-${run}-${suffix}`, { body: each.body }, `request ${at}`);
        const apart = [];
        for (const event of all.map(eventOf('apart'))) apart.push(await outcomeOf(replica.writer.store(event)));
        const blocking = ['x', 'y'].map((id) => replica.writer.store(newEvent(`${id}-${run}`)));
        const together = await Promise.all(
          all.map(eventOf('together')).map((event) => outcomeOf(replica.writer.store(event))),
        );
        await Promise.all(blocking);
        expect(together).toEqual(apart);
      }),
      { numRuns: 20 },
    );
  });

  it('batch: a failed commit fails no delivery, because each is retried', async () => {
    const replica = inbox().replica({ randomness: 0 });
    replica.database.failNext(1, databaseFailures.connectionLost, 'answer');
    const storing = ['a', 'b', 'c', 'd'].map((id) => replica.writer.store(newEvent(id)));
    await advanceWithDatabase(inboxPolicy.acceptDeadlineMs);
    expect((await Promise.all(storing)).map(({ kind }) => kind)).toEqual(Array(4).fill('accepted'));
    expect(await inbox().rows()).toHaveLength(4);
  });

  it('batch: a delivery that the database refuses fails alone', async () => {
    const { writer, inboxRepository } = inbox().replica();
    const insert = inboxRepository.insert.bind(inboxRepository);
    jest.spyOn(inboxRepository, 'insert').mockImplementation((manager, events) => {
      if (events.some(({ eventId }) => eventId === 'refused')) throw new Error('value too long');
      return insert(manager, events);
    });
    const results = await Promise.all(
      ['a', 'b', 'c', 'refused', 'd'].map((id) => outcomeOf(writer.store(newEvent(id)))),
    );
    expect(results).toEqual(['accepted', 'accepted', 'accepted', 'value too long', 'accepted']);
  });
});

function outcomeOf(storing: Promise<{ readonly kind: string }>): Promise<string> {
  return storing.then(
    ({ kind }) => kind,
    (error: unknown) => (error as Error).message,
  );
}
