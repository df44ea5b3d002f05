import { EventEmitter } from 'node:events';
import { EVENT_TYPE, newEvent, useInbox, type TestReplica } from '@testing/inbox';
import type { FastifyReply } from 'fastify';
import type { Delivery } from './delivery/delivery';
import { WebhookController } from './webhook.controller';

describe('webhook controller', () => {
  const inbox = useInbox();

  it('accepted: a new event gets a 202 and is stored as it was delivered', async () => {
    const replica = inbox().replica();
    const delivery = newDelivery('evt-1', { id: 123 });

    expect(await receive(replica, delivery)).toEqual({ status: 202, body: { status: 'accepted', eventId: 'evt-1' } });

    const { requestId, type, payload } = await inbox().row('evt-1');
    expect({ requestId, type, payload }).toEqual({
      requestId: delivery.requestId,
      type: EVENT_TYPE,
      payload: delivery.body.toString(),
    });
  });

  it('duplicate: a repeated delivery gets a 200 with the state of the event', async () => {
    await inbox().receive('evt-1');

    expect(await receive(inbox().replica(), newDelivery('evt-1'))).toEqual({
      status: 200,
      body: { status: 'duplicate', eventId: 'evt-1', state: 'RECEIVED' },
    });
  });

  it('conflict: the same id with a different body is EVENT_ID_REUSED', async () => {
    await inbox().receive('evt-1');

    await expect(receive(inbox().replica(), newDelivery('evt-1', { id: 2 }))).rejects.toMatchObject({
      name: 'event-id-reused',
    });
  });

  it('malformed body: it is INVALID_EVENT and not stored', async () => {
    const delivery = { ...newDelivery('evt-1'), body: Buffer.from('{"event":') };

    await expect(receive(inbox().replica(), delivery)).rejects.toMatchObject({ name: 'invalid-event' });

    expect(await inbox().rows()).toEqual([]);
  });

  it('failpoints: one is reached before the event is stored, and one after the response is sent', async () => {
    const replica = inbox().replica();
    const reached: string[] = [];
    replica.failpoints.on('in.received', async () => reached.push(`received, ${(await inbox().rows()).length} stored`));
    replica.failpoints.on('in.replied', () => reached.push('replied'));

    await receive(replica, newDelivery('evt-1'));

    expect(reached).toEqual(['received, 0 stored', 'replied']);
  });
});

/** Receives a delivery and finishes the response. */
async function receive({ inbox, failpoints }: TestReplica, delivery: Delivery) {
  let status: number | undefined;
  const raw = new EventEmitter();
  const reply = { raw, status: (code: number) => (status = code) } as unknown as FastifyReply;
  const body = await new WebhookController(inbox, failpoints).receive(delivery, reply);
  raw.emit('finish');
  return { status, body };
}

/** Delivery of the event that `newEvent` returns. */
function newDelivery(...event: Parameters<typeof newEvent>): Delivery {
  const { eventId, requestId, payload } = newEvent(...event);
  return { eventId, requestId, body: Buffer.from(payload) };
}
