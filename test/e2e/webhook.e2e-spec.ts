/** POST /webhook as seen by senders: delivery, validation, deduplication and concurrency. */
import { Latch } from '@testing/resilience';
import request from 'supertest';
import { contractDatabases } from '../support/databases';
import { startInbox, type TestInbox } from '../support/inbox';

const anEvent = { event: 'test.nothing', id: 1 };

describe.each(contractDatabases)('POST /webhook on %s', (_, createDatabase) => {
  let inbox: TestInbox;
  let sent = 0;
  const newId = () => `evt-${(sent += 1)}`;

  beforeAll(async () => {
    inbox = await startInbox(createDatabase);
  });
  afterAll(() => inbox.close());

  describe('delivery', () => {
    it('deduplication: an event is accepted once, and a redelivery gets 200 with its state', async () => {
      const id = newId();
      const first = await inbox.send(id, anEvent).expect(202);
      expect(first.body).toEqual({ status: 'accepted', eventId: id });
      await inbox.until(id, 'DONE');
      const second = await inbox.send(id, anEvent).expect(200);
      expect(second.body).toEqual({ status: 'duplicate', eventId: id, state: 'DONE' });
      expect(await inbox.row(id)).toMatchObject({ attempts: 1 });
    });

    it.each([
      ['a body with one other byte', '{"event":"test.nothing","id":2}'],
      ['the same JSON with other spacing', '{"event":"test.nothing", "id":1}'],
    ])('event id reuse: %s gets a 422 and is recorded, and the first event is unchanged', async (__, other) => {
      const id = newId();
      await inbox.send(id, anEvent).expect(202);
      for (let times = 0; times < 3; times++) {
        const response = await inbox.send(id, other).expect(422);
        expect(response.body).toMatchObject({ code: 'event-id-reused', status: 422 });
      }
      const conflicts = await inbox.dataSource.query<unknown[]>(
        `SELECT times, body_bytes AS bytes FROM webhook_conflicts WHERE event_id = '${id}'`,
      );
      expect(conflicts).toEqual([{ times: 3, bytes: other.length }]);
      expect(await inbox.row(id)).toMatchObject({ payload: JSON.stringify(anEvent) });
      await inbox.send(id, anEvent).expect(200);
    });

    it('event id: ids that differ in one byte are different events', async () => {
      const ids = [
        'A',
        'a',
        'A%20',
        'AA',
        "A'",
        'A"',
        'A\\',
        'A%',
        'A_',
        '{A}',
        'x'.repeat(200),
        `${'x'.repeat(199)}y`,
      ];
      for (const id of ids) await inbox.send(id, anEvent).expect(202);
      for (const id of ids) await inbox.send(id, anEvent).expect(200);
      expect((await inbox.rows()).map(({ eventId }) => eventId)).toEqual(expect.arrayContaining(ids));
    });

    it.each([
      ['no id', {}, 'missing'],
      ['an empty id', { 'x-event-id': '' }, 'missing'],
      ['an id of 201 characters', { 'x-event-id': 'x'.repeat(201) }, 'wrong-length'],
      ['an id with a comma', { 'x-event-id': 'a,b' }, 'not-accepted'],
      ['an id with a space', { 'x-event-id': 'a b' }, 'not-accepted'],
      ['an id that is not ASCII', { 'x-event-id': 'Á' }, 'not-accepted'],
      ['two different ids', { 'x-event-id': 'a', 'webhook-id': 'b' }, 'conflict'],
    ])('event id: %s gets a 400', async (__, headers, code) => {
      const response = await inbox.send(undefined, anEvent, headers as Record<string, string>).expect(400);
      expect(response.body).toMatchObject({ code: 'invalid-event-id', errors: [{ parameter: 'x-event-id', code }] });
    });

    it('event id: webhook-id is an alias of x-event-id', async () => {
      const id = newId();
      await inbox.send(undefined, anEvent, { 'webhook-id': id }).expect(202);
      await inbox.send(id, anEvent, { 'webhook-id': id }).expect(200);
    });

    it.each([
      ['an empty body', ''],
      ['invalid JSON', '{"event":'],
      ['a JSON array', '["event"]'],
      ['no event', '{"id":1}'],
      ['an event that is not a string', '{"event":7}'],
      ['an empty event', '{"event":""}'],
      ['an event of 101 characters', JSON.stringify({ event: 'x'.repeat(101) })],
      ['an event with a control character', '{"event":"a\\u0000"}'],
      ['a byte order mark', '\ufeff{"event":"a"}'],
      ['nesting of 10,000 levels', `{"event":"a","x":${'['.repeat(10_000)}${']'.repeat(10_000)}}`],
      ['a __proto__ member', '{"event":"a","x":{"__proto__":{"y":1}}}'],
      ['a duplicate member', '{"event":"a","\\u0065vent":"b"}'],
    ])('event validation: %s gets a 400, and the event is not stored', async (__, body) => {
      const id = newId();
      const response = await inbox.send(id, body).expect(400);
      expect(response.body).toMatchObject({
        code: 'invalid-event',
        errors: [{ detail: expect.any(String) as string }],
      });
      expect(await inbox.row(id)).toBeUndefined();
    });

    it('event validation: a body that is not UTF-8 gets a 400', async () => {
      const latin1 = Buffer.from('{"event":"caf\xe9"}', 'latin1');
      const { body } = await inbox.app.inject({
        method: 'POST',
        url: '/webhook',
        headers: { 'x-event-id': newId(), 'content-type': 'application/json' },
        payload: latin1,
      });
      expect(JSON.parse(body)).toMatchObject({ code: 'invalid-event', status: 400 });
    });

    it.each(['text/plain', 'application/xml', 'application/json; charset=latin1', 'application/jsonp'])(
      'media type: %s gets a 415',
      async (type) => {
        const response = await inbox.send(newId(), 'event', { 'content-type': type }).expect(415);
        expect(response.body).toMatchObject({ code: 'unsupported-media-type' });
      },
    );

    it.each([
      { 'content-type': 'application/json;' },
      { 'content-type': 'application/json; charset=utf8' },
      { 'content-type': 'Application/JSON;version=1' },
      { 'content-type': 'application/cloudevents+json; charset=UTF-8' },
      { 'content-encoding': 'Identity' },
      { accept: 'text/html' },
      { accept: 'application/xml;q=0.9, image/*' },
      { accept: 'application/json;q=0' },
    ])('request headers: %j is accepted', async (headers: object) => {
      await inbox.send(newId(), anEvent, headers as Record<string, string>).expect(202);
    });

    it('content encoding: a compressed body gets a 415', async () => {
      await inbox.send(newId(), 'any bytes', { 'content-encoding': 'gzip' }).expect(415);
    });

    it('body limit: 256 KiB is accepted, and one byte more gets a 413', async () => {
      const ofBytes = (bytes: number) => `{"event":"test.nothing","x":"${'x'.repeat(bytes - 31)}"}`;
      expect(Buffer.byteLength(ofBytes(262_144))).toBe(262_144);
      await inbox.send(newId(), ofBytes(262_144)).expect(202);
      const response = await inbox.send(newId(), ofBytes(262_145)).expect(413);
      expect(response.body).toMatchObject({ code: 'body-too-large' });
    });

    it('rate limit: deliveries have a separate limit, and refused deliveries count', async () => {
      const limited = await startInbox(createDatabase, { rateLimit: { max: 1, webhookMax: 3, windowSeconds: 60 } });
      try {
        await limited.send(newId(), anEvent).expect(202).expect('ratelimit-policy', '"webhook";q=3;w=60');
        await limited.send(newId(), '', { 'content-type': 'text/plain' }).expect(415).expect('ratelimit', /r=1/);
        await limited.send(undefined, anEvent).expect(400);
        await limited.send(newId(), anEvent).expect(429);
        await request(limited.app.getHttpServer()).get('/products').expect(200);
      } finally {
        await limited.close();
      }
    });

    it('method not allowed: GET /webhook gets a 405 with Allow: POST', async () => {
      await request(inbox.app.getHttpServer()).get('/webhook').expect(405).expect('allow', 'POST');
    });
  });

  describe('concurrent deliveries', () => {
    it('exactly-once effect: 200 concurrent deliveries get one 202, otherwise 200, and have one effect', async () => {
      const id = newId();
      let applied = 0;
      inbox.handlers['test.count'] = () => ({
        effect: () => {
          applied += 1;
          return Promise.resolve('applied');
        },
      });
      const statuses = await Promise.all(
        Array.from({ length: 200 }, () => inbox.send(id, { event: 'test.count' }).then(({ status }) => status)),
      );
      expect(statuses.toSorted()).toEqual([...Array<number>(199).fill(200), 202]);
      await inbox.until(id, 'DONE');
      expect(applied).toBe(1);
    });

    it('deduplication: redeliveries get 200 while the first delivery is in progress', async () => {
      const id = newId();
      const [begun, work] = [new Latch(), new Latch()];
      inbox.handlers['test.slow'] = () => ({
        lookUp: async () => {
          begun.release();
          await work.released;
          return () => Promise.resolve('applied');
        },
      });
      await inbox.send(id, { event: 'test.slow' }).expect(202);
      await begun.released;
      for (let at = 0; at < 5; at++) {
        const response = await inbox.send(id, { event: 'test.slow' }).expect(200);
        expect(response.body).toMatchObject({ status: 'duplicate', state: 'RECEIVED' });
      }
      work.release();
      await inbox.until(id, 'DONE');
    });
  });
});
