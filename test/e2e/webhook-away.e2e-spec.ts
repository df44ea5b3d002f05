/** POST /webhook if the database is down, hangs, is locked or loses its answer; slow and malformed bodies; signatures. */
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { WebhookWorker } from '@features/webhook';
import { Failpoints } from '../../libs/platform/resilience/src/failpoints.service';
import { createMysql, createSqlite, type TestDatabase } from '../support/databases';
import { startInbox, type TestInbox } from '../support/inbox';
import { Latch } from '../support/latch';
import { startProxy, type Proxy } from '../support/proxy';

const anEvent = { event: 'test.nothing' };

describe('POST /webhook with MySQL faults', () => {
  let inbox: TestInbox;
  let database: TestDatabase;
  let proxy: Proxy;
  beforeAll(async () => {
    inbox = await startInbox(async () => {
      database = await createMysql();
      if (database.config.kind !== 'mysql') throw new Error('this suite is about MySQL');
      proxy = await startProxy(database.config.host, database.config.port);
      return { ...database, config: { ...database.config, host: '127.0.0.1', port: proxy.port } };
    });
  });
  afterAll(async () => {
    proxy.mend();
    proxy.thaw();
    await inbox.close();
    proxy.close();
  });
  afterEach(() => jest.restoreAllMocks());

  /** Does it when the step is reached, once. */
  const at = (step: string, happening: () => void) => {
    let hasHappened = false;
    jest.spyOn(inbox.app.get(Failpoints), 'at').mockImplementation((name) => {
      if (name === step && !hasHappened) happening();
      hasHappened ||= name === step;
      return Promise.resolve();
    });
  };

  it('database outage: an event gets 503 with Retry-After, and is accepted and applied after recovery', async () => {
    proxy.cut();
    const answer = await inbox.send('away', anEvent).expect(503).expect('retry-after', /^\d+$/);
    expect(answer.body).toMatchObject({ code: 'webhook-unavailable' });
    proxy.mend();
    await inbox.send('away', anEvent).expect(202);
    await inbox.until('away', 'DONE');
  });

  it('database hang: an event gets 503, and its redelivery is accepted and applied', async () => {
    proxy.freeze();
    await inbox.send('hangs', anEvent).expect(503);
    proxy.thaw();
    await inbox.send('hangs', anEvent).expect((answer) => expect([200, 202]).toContain(answer.status));
    await inbox.until('hangs', 'DONE');
  });

  it('unknown commit: an event whose INSERT was committed without an answer is accepted and stored once', async () => {
    at('in.insert.sent', () => {
      proxy.deafen();
      setTimeout(() => proxy.cut(), 200);
      setTimeout(() => proxy.mend(), 210);
    });
    const answer = await inbox.send('lost-answer', anEvent).expect(202);
    expect(answer.body).toEqual({ status: 'accepted', eventId: 'lost-answer' });
    await inbox.send('lost-answer', anEvent).expect(200);
    expect((await inbox.rows()).filter(({ eventId }) => eventId === 'lost-answer')).toHaveLength(1);
  });

  it('unknown commit: an effect that was committed without an answer is not repeated, and is published', async () => {
    let applied = 0;
    inbox.effects['test.changes'] = () => () => {
      applied += 1;
      return Promise.resolve('changed');
    };
    at('wk.done.updated', () => {
      proxy.deafen();
      setTimeout(() => proxy.cut(), 300);
      setTimeout(() => proxy.mend(), 310);
    });
    await inbox.send('lost-commit', { event: 'test.changes' }).expect(202);
    await delay(1_000);
    const row = await inbox.until('lost-commit', 'DONE');
    expect(row.attempts).toBe(1);
    for (let now = await inbox.row('lost-commit'); now?.leaseUntilMs !== null; now = await inbox.row('lost-commit'))
      await delay(50);
    expect(applied).toBe(1);
  });

  it('row lock: a duplicate and a conflict are answered while the row of the event is locked', async () => {
    const lock = new Latch();
    inbox.effects['test.locks'] = () => async () => {
      await lock.released;
      return 'unchanged';
    };
    await inbox.send('locked', { event: 'test.locks' }).expect(202);
    await delay(100);
    await inbox.send('locked', { event: 'test.locks' }).expect(200);
    await inbox.send('locked', { event: 'test.other' }).expect(422);
    lock.release();
    await inbox.until('locked', 'DONE');
  });
});

describe('POST /webhook on SQLite', () => {
  it('isolation: uncommitted writes of an effect are not visible, and other events get 503 meanwhile', async () => {
    const inbox = await startInbox(createSqlite);
    const write = new Latch();
    inbox.effects['test.writes'] = () => async (manager) => {
      await manager.query(`UPDATE webhook_events SET last_error = 'dirty'`);
      await write.released;
      throw new Error('after all not');
    };
    await inbox.send('writes', { event: 'test.writes' }).expect(202);
    await delay(100);
    expect(await inbox.row('writes')).toMatchObject({ lastError: null }); // reads see what is committed
    await inbox.send('meanwhile', anEvent).expect(503); // one writer at a time
    write.release();
    await inbox.until('writes', 'RETRY');
    await inbox.send('meanwhile', anEvent).expect(202);
    await inbox.until('meanwhile', 'DONE');
    await inbox.close();
  });

  it('SQLITE_BUSY: an event waits for another writing process, and gets 503 if that takes too long', async () => {
    const inbox = await startInbox(createSqlite);
    inbox.app.get(WebhookWorker, { strict: false }).wake();
    const other = inbox.dataSource.createQueryRunner();
    await other.query('BEGIN IMMEDIATE');
    const sending = inbox.send('patient', anEvent).expect(202);
    const sent = sending.then(() => 'accepted');
    await delay(200);
    await other.query('COMMIT');
    expect(await sent).toBe('accepted');
    await other.query('BEGIN IMMEDIATE');
    await inbox.send('impatient', anEvent).expect(503);
    await other.query('COMMIT');
    await inbox.send('impatient', anEvent).expect(202);
    await inbox.until('impatient', 'DONE');
    await other.release();
    await inbox.close();
  });
});

describe('POST /webhook: body', () => {
  let inbox: TestInbox;
  let port: number;
  beforeAll(async () => {
    inbox = await startInbox(createSqlite);
    await inbox.app.listen(0, '127.0.0.1');
    port = Number(new URL(await inbox.app.getUrl()).port);
  });
  afterAll(() => inbox.close());

  /** Sends the head and then what `write` writes; gives the first line of the answer, when the connection is closed. */
  function deliver(id: string, headers: readonly string[], write: (send: (bytes: string) => boolean) => void) {
    return new Promise<string>((resolve) => {
      let answer = '';
      const socket = connect(port, '127.0.0.1');
      const head = [
        'POST /webhook HTTP/1.1',
        'host: x',
        'content-type: application/json',
        `x-event-id: ${id}`,
        ...headers,
      ];
      socket.write(`${head.join('\r\n')}\r\n\r\n`);
      const done = () => resolve(answer.split('\r\n', 1)[0] ?? '');
      socket
        .on('data', (data) => (answer += data.toString()))
        .on('close', done)
        .on('error', done);
      write((bytes) => socket.writable && socket.write(bytes));
    });
  }
  const chunk = (text: string) => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;

  it('event id: two x-event-id headers get a 400', async () => {
    const status = await deliver('one', ['x-event-id: other', 'content-length: 2', 'connection: close'], (send) => {
      send('{}');
    });
    expect(status).toBe('HTTP/1.1 400 Bad Request');
  });

  it('chunked body: an event in chunks is read to its end', async () => {
    const status = await deliver('chunked', ['transfer-encoding: chunked', 'connection: close'], (send) => {
      for (const part of ['{"event":', '"test.nothing"}']) send(chunk(part));
      send('0\r\n\r\n');
    });
    expect(status).toBe('HTTP/1.1 202 Accepted');
  });

  it('chunked body: an endless one gets a 413, and its connection is closed', async () => {
    const status = await deliver('endless', ['transfer-encoding: chunked'], (send) => {
      const more = setInterval(() => send(chunk('x'.repeat(65_536))) || clearInterval(more), 5);
    });
    expect(status).toBe('HTTP/1.1 413 Payload Too Large');
  });

  it('body limit: a Content-Length beyond it gets a 413 before the body is sent', async () => {
    expect(await deliver('announced', ['content-length: 999999999'], () => undefined)).toBe(
      'HTTP/1.1 413 Payload Too Large',
    );
  });

  it('slow body: a body that arrives byte by byte gets a 408, and its connection is closed', async () => {
    const status = await deliver('slow', ['content-length: 1000'], (send) => {
      const more = setInterval(() => send(' ') || clearInterval(more), 500);
    });
    expect(status).toBe('HTTP/1.1 408 Request Timeout');
  }, 30_000);

  it('aborted body: no event is stored, and its id can be sent again', async () => {
    await new Promise<void>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => {
        socket.write('POST /webhook HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\nx-event-id: half\r\n');
        socket.end('content-length: 100\r\n\r\n{"event":"test.nothing"}', () => resolve());
      });
    });
    await delay(100);
    expect(await inbox.row('half')).toBeUndefined();
    await inbox.send('half', anEvent).expect(202);
  });
});

describe('POST /webhook: refusal before the body is read', () => {
  it('unread body: a 415 closes the connection', async () => {
    const inbox = await startInbox(createSqlite);
    await inbox.app.listen(0, '127.0.0.1');
    const socket = connect(Number(new URL(await inbox.app.getUrl()).port), '127.0.0.1');
    let answer = '';
    socket.on('data', (data) => (answer += data.toString()));
    socket.write('POST /webhook HTTP/1.1\r\nhost: x\r\ncontent-type: text/plain\r\ncontent-length: 999999999\r\n\r\n');
    await new Promise((resolve) => socket.on('close', resolve));
    expect(answer).toMatch(/^HTTP\/1.1 415 .*connection: close/is);
    await inbox.close();
  });
});

describe('POST /webhook: signatures', () => {
  const secret = Buffer.alloc(24, 7);

  it('signature: if a secret is set, a missing, wrong or old signature gets a 401', async () => {
    const { Webhook } = await import('standardwebhooks');
    const webhook = { secrets: [secret], isWorking: true, maxAttempts: 25 };
    const inbox = await startInbox(createSqlite, { webhook });
    const sign = (id: string, body: string, at = new Date()) => ({
      'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
      'webhook-signature': new Webhook(secret.toString('base64')).sign(id, at, body),
    });
    const body = JSON.stringify(anEvent);
    const answer = await inbox.send('signed', body).expect(401).expect('www-authenticate', 'Standard-Webhooks');
    expect(answer.body).toMatchObject({ code: 'invalid-signature' });
    await inbox.send('signed', body, sign('another', body)).expect(401);
    await inbox.send('signed', `${body} `, sign('signed', body)).expect(401);
    await inbox.send('signed', body, sign('signed', body, new Date(Date.now() - 600_000))).expect(401);
    await inbox.send('signed', '{', sign('signed', body)).expect(401);
    expect(await inbox.rows()).toEqual([]);
    await inbox.send('signed', body, sign('signed', body)).expect(202);
    await inbox.send('signed', body, sign('signed', body)).expect(200);
    await inbox.send('malformed', '{', sign('malformed', '{')).expect(400);
    await inbox.close();
  });
});
