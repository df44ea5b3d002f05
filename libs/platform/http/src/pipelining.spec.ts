import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { httpPolicy } from './http.policy';
import { responsesOn, serveInTurn } from './pipelining.provider';

const GET = 'GET /a HTTP/1.1\r\nhost: a\r\n\r\n';
const LAST = 'GET /last HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n';

describe('pipelining', () => {
  let server: Server;
  let socket: Socket;
  let begun: ServerResponse[];

  beforeEach(async () => {
    begun = [];
    server = createServer((_request, response) => begun.push(response));
    serveInTurn(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    socket = connect((server.address() as AddressInfo).port, '127.0.0.1').on('error', () => undefined);
  });
  afterEach(async () => {
    socket.destroy();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  const untilBegun = async (count: number) => {
    while (begun.length < count) await delay(1);
  };

  it('pipelining: a request begins after the response before it has been sent', async () => {
    const answers = text(socket);
    socket.write(GET + GET + LAST);
    for (let count = 1; count <= 3; count++) {
      await untilBegun(count);
      await delay(20);
      expect(begun.length).toBe(count);
      begun[count - 1]!.end(`answer ${count}`);
    }
    expect((await answers).match(/answer \d/g)).toEqual(['answer 1', 'answer 2', 'answer 3']);
  });

  it('pipelining: the body of a request that waited is read', async () => {
    server.prependListener(
      'request',
      (request: NodeJS.ReadableStream) => void request.on('data', (data) => bodies.push(String(data))),
    );
    const bodies: string[] = [];
    socket.write(`${GET}POST /b HTTP/1.1\r\nhost: a\r\ncontent-length: 200000\r\n\r\n`);
    socket.write('x'.repeat(200_000));
    await untilBegun(1);
    begun[0]!.end();
    while (bodies.join('').length < 200_000) await delay(1);
    expect(begun.length).toBe(2);
  });

  it('backpressure: a connection whose requests wait is not read further', async () => {
    const requests = 200_000;
    socket.write(GET.repeat(requests));
    await untilBegun(1);
    for (let count = 0; count < 100; count++) {
      await untilBegun(count + 1);
      begun[count]!.end();
    }
    await delay(100);
    expect(socket.writableLength).toBeGreaterThan(0);
    expect(responsesOn(begun[100]!.req.socket).at(-1)?.socket).toBeNull(); // it waits
  });

  it('load shedding: a connection is closed if too many requests wait on all connections together', async () => {
    const { port } = server.address() as AddressInfo;
    const sockets = Array.from({ length: 40 }, () => connect(port, '127.0.0.1').on('error', () => undefined));
    let cut = 0;
    for (const each of sockets) each.on('close', () => (cut += 1)).write(GET.repeat(2_000));
    while (cut === 0) await delay(1);
    const waiting = () => begun.reduce((sum, { req }) => sum + responsesOn(req.socket).length, 0);
    expect(waiting()).toBeLessThanOrEqual(httpPolicy.maxWaitingRequests + sockets.length);
    const stillOpen = begun.map(({ req }) => req.socket).filter((each) => !each.closed);
    const closing = Promise.all(stillOpen.map((each) => once(each, 'close')));
    server.closeAllConnections();
    await closing;
    begun = [];
    socket.destroy();
    socket = connect(port, '127.0.0.1').on('error', () => undefined);
    socket.write(GET + LAST); // there is room again
    await untilBegun(1);
    begun[0]!.end();
    await untilBegun(2);
  });
});
