/** What the webhook answers, and does, when the database does not answer it. */
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { WebhookWorker } from '@features/webhook';
import { Failpoints } from '../../libs/platform/resilience/src/failpoints.service';
import { createMysql, createSqlite, type TestDatabase } from '../support/databases';
import { startInbox, type TestInbox } from '../support/inbox';
import { Latch } from '../support/latch';
import { startProxy, type Proxy } from '../support/proxy';

const anEvent = { event: 'test.nothing' };

describe('the webhook, where MySQL', () => {
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

  it('is away, says 503 and when to come back, and recovers by itself', async () => {
    proxy.cut();
    const answer = await inbox.send('away', anEvent).expect(503).expect('retry-after', /^\d+$/);
    expect(answer.body).toMatchObject({ code: 'webhook-unavailable' });
    proxy.mend();
    await inbox.send('away', anEvent).expect(202);
    await inbox.until('away', 'DONE');
  });

  it('hangs, says 503, and what it had been told is told again', async () => {
    proxy.freeze();
    await inbox.send('hangs', anEvent).expect(503);
    proxy.thaw();
    await inbox.send('hangs', anEvent).expect((answer) => expect([200, 202]).toContain(answer.status));
    await inbox.until('hangs', 'DONE');
  });

  it('commits an event but its answer is lost, accepts it all the same', async () => {
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

  it('commits an effect but its answer is lost, does it no second time, and tells of it', async () => {
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

  it('keeps a row locked, answers a duplicate of it at once', async () => {
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

describe('the webhook on embedded SQLite', () => {
  it('does not answer for what is not committed, while an effect is being written', async () => {
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

  it('waits for another process that writes, and says 503 when that takes long', async () => {
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

describe('a body', () => {
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

  it('with two ids is refused', async () => {
    const status = await deliver('one', ['x-event-id: other', 'content-length: 2', 'connection: close'], (send) => {
      send('{}');
    });
    expect(status).toBe('HTTP/1.1 400 Bad Request');
  });

  it('in chunks is read to its end', async () => {
    const status = await deliver('chunked', ['transfer-encoding: chunked', 'connection: close'], (send) => {
      for (const part of ['{"event":', '"test.nothing"}']) send(chunk(part));
      send('0\r\n\r\n');
    });
    expect(status).toBe('HTTP/1.1 202 Accepted');
  });

  it('in chunks without end is refused when it is too large, and its connection closed', async () => {
    const status = await deliver('endless', ['transfer-encoding: chunked'], (send) => {
      const more = setInterval(() => send(chunk('x'.repeat(65_536))) || clearInterval(more), 5);
    });
    expect(status).toBe('HTTP/1.1 413 Payload Too Large');
  });

  it('announced as too large is refused before it comes', async () => {
    expect(await deliver('announced', ['content-length: 999999999'], () => undefined)).toBe(
      'HTTP/1.1 413 Payload Too Large',
    );
  });

  it('that comes byte by byte is given up, and its connection closed', async () => {
    const status = await deliver('slow', ['content-length: 1000'], (send) => {
      const more = setInterval(() => send(' ') || clearInterval(more), 500);
    });
    expect(status).toBe('HTTP/1.1 408 Request Timeout');
  }, 30_000);

  it('that ends in the middle leaves nothing behind', async () => {
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

describe('a delivery that is refused before its body was read', () => {
  it('has its connection closed', async () => {
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

describe('signatures', () => {
  const secret = Buffer.alloc(24, 7);

  it('are asked for where there is a secret, and are a 401 where they are wrong', async () => {
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
