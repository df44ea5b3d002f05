/** POST /webhook: chunked, oversized, slow and aborted bodies, and signatures. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { createSqlite } from '../support/databases';
import { startInbox, type TestInbox } from '../support/inbox';

const anEvent = { event: 'test.nothing' };

describe('POST /webhook: body', () => {
  let inbox: TestInbox;
  let port: number;
  beforeAll(async () => {
    inbox = await startInbox(createSqlite);
    await inbox.app.listen(0, '127.0.0.1');
    port = Number(new URL(await inbox.app.getUrl()).port);
  });
  afterAll(() => inbox.close());

  /** Sends the head and the bytes that `write` sends. Resolves to the status line when the connection is closed. */
  function deliver(id: string, headers: readonly string[], write: (send: (bytes: string) => boolean) => void) {
    return new Promise<string>((resolve) => {
      let response = '';
      const socket = connect(port, '127.0.0.1');
      const head = [
        'POST /webhook HTTP/1.1',
        'host: x',
        'content-type: application/json',
        `x-event-id: ${id}`,
        ...headers,
      ];
      socket.write(`${head.join('\r\n')}\r\n\r\n`);
      const done = () => resolve(response.split('\r\n', 1)[0] ?? '');
      socket
        .on('data', (data) => (response += data.toString()))
        .on('close', done)
        .on('error', done);
      write((bytes) => {
        if (socket.writable) socket.write(bytes);
        return socket.writable; // not the result of write: backpressure is no reason to stop
      });
    });
  }
  const chunk = (text: string) => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;

  it('event id: two x-event-id headers get a 400', async () => {
    const status = await deliver('one', ['x-event-id: other', 'content-length: 2', 'connection: close'], (send) => {
      send('{}');
    });
    expect(status).toBe('HTTP/1.1 400 Bad Request');
  });

  it('chunked body: an event in chunks is accepted', async () => {
    const status = await deliver('chunked', ['transfer-encoding: chunked', 'connection: close'], (send) => {
      for (const part of ['{"event":', '"test.nothing"}']) send(chunk(part));
      send('0\r\n\r\n');
    });
    expect(status).toBe('HTTP/1.1 202 Accepted');
  });

  it('chunked body: an endless body gets a 413, and its connection is closed', async () => {
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
  });

  it('aborted body: no event is stored, and its id can be sent again', async () => {
    const socket = connect(port, '127.0.0.1').resume();
    socket.write('POST /webhook HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\nx-event-id: half\r\n');
    socket.end('content-length: 100\r\n\r\n{"event":"test.nothing"}');
    await once(socket, 'close');
    expect(await inbox.row('half')).toBeUndefined();
    await inbox.send('half', anEvent).expect(202);
  });
});

describe('POST /webhook: refusal before the body is read', () => {
  it('unread body: a 415 closes the connection', async () => {
    const inbox = await startInbox(createSqlite);
    await inbox.app.listen(0, '127.0.0.1');
    const socket = connect(Number(new URL(await inbox.app.getUrl()).port), '127.0.0.1');
    let response = '';
    socket.on('data', (data) => (response += data.toString()));
    socket.write('POST /webhook HTTP/1.1\r\nhost: x\r\ncontent-type: text/plain\r\ncontent-length: 999999999\r\n\r\n');
    await new Promise((resolve) => socket.on('close', resolve));
    expect(response).toMatch(/^HTTP\/1.1 415 .*connection: close/is);
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
    const response = await inbox.send('signed', body).expect(401).expect('www-authenticate', 'Standard-Webhooks');
    expect(response.body).toMatchObject({ code: 'invalid-signature' });
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
