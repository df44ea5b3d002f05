import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { httpPolicy } from '../http.policy';
import { responsesOn, servePipelinedInOrder } from './pipelining.provider';

const GET = 'GET /a HTTP/1.1\r\nhost: a\r\n\r\n';
const LAST = 'GET /last HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n';

describe('pipelining', () => {
  let server: Server;
  let socket: Socket;
  let started: ServerResponse[];

  beforeEach(async () => {
    started = [];
    server = createServer((_request, response) => started.push(response));
    servePipelinedInOrder(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    socket = connect((server.address() as AddressInfo).port, '127.0.0.1').on('error', () => undefined);
  });
  afterEach(async () => {
    socket.destroy();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  const untilStarted = async (count: number) => {
    while (started.length < count) await delay(1);
  };

  it('pipelining: a request starts after the previous response is sent', async () => {
    const responses = text(socket);
    socket.write(GET + GET + LAST);
    for (let count = 1; count <= 3; count++) {
      await untilStarted(count);
      await delay(20);
      expect(started.length).toBe(count);
      started[count - 1]!.end(`response ${count}`);
    }
    expect((await responses).match(/response \d/g)).toEqual(['response 1', 'response 2', 'response 3']);
  });

  it('pipelining: the body of a request that waited is read in full', async () => {
    server.prependListener(
      'request',
      (request: NodeJS.ReadableStream) => void request.on('data', (data) => bodies.push(String(data))),
    );
    const bodies: string[] = [];
    socket.write(`${GET}POST /b HTTP/1.1\r\nhost: a\r\ncontent-length: 200000\r\n\r\n`);
    socket.write('x'.repeat(200_000));
    await untilStarted(1);
    started[0]!.end();
    while (bodies.join('').length < 200_000) await delay(1);
    expect(started.length).toBe(2);
  });

  it('backpressure: a connection with waiting requests is paused', async () => {
    const requests = 200_000;
    socket.write(GET.repeat(requests));
    await untilStarted(1);
    for (let count = 0; count < 100; count++) {
      await untilStarted(count + 1);
      started[count]!.end();
    }
    await delay(100);
    expect(socket.writableLength).toBeGreaterThan(0);
    expect(responsesOn(started[100]!.req.socket).at(-1)?.socket).toBeNull(); // waiting
  });

  it('load shedding: a connection is closed if the requests waiting on all connections exceed the limit', async () => {
    const { port } = server.address() as AddressInfo;
    const sockets = Array.from({ length: 40 }, () => connect(port, '127.0.0.1').on('error', () => undefined));
    let cut = 0;
    for (const each of sockets) each.on('close', () => (cut += 1)).write(GET.repeat(2_000));
    while (cut === 0) await delay(1);
    const waiting = () => started.reduce((sum, { req }) => sum + responsesOn(req.socket).length, 0);
    expect(waiting()).toBeLessThanOrEqual(httpPolicy.maxWaitingRequests + sockets.length);
    const stillOpen = started.map(({ req }) => req.socket).filter((each) => !each.closed);
    const closing = Promise.all(stillOpen.map((each) => once(each, 'close')));
    server.closeAllConnections();
    await closing;
    started = [];
    socket.destroy();
    socket = connect(port, '127.0.0.1').on('error', () => undefined);
    socket.write(GET + LAST); // the limit has capacity again
    await untilStarted(1);
    started[0]!.end();
    await untilStarted(2);
  });
});
