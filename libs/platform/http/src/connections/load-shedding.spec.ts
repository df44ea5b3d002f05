import { createServer, IncomingMessage, ServerResponse, type Server } from 'node:http';
import { Socket } from 'node:net';
import { setImmediate as nextIteration } from 'node:timers/promises';
import { httpPolicy } from '../http.policy';
import { shedPosts } from './load-shedding.provider';

const { maxConcurrentPosts, postsPerIteration } = httpPolicy;

describe('load shedding', () => {
  let server: Server;
  let started: ServerResponse[];
  let refused: number;

  beforeEach(() => {
    const ofThisTest: ServerResponse[] = [];
    started = ofThisTest;
    refused = 0;
    server = createServer((_request, response) => ofThisTest.push(response));
    shedPosts(server, { of: () => '' }, () => (refused += 1));
  });

  const send = (method: string) => {
    const request = Object.assign(new IncomingMessage(new Socket()), { method });
    const response = new ServerResponse(request);
    server.emit('request', request, response);
    return response;
  };

  it('event loop: a few POSTs start in each iteration, the others in later iterations', async () => {
    for (let count = 0; count < 3 * postsPerIteration; count++) send('POST');
    const counts = [started.length];
    for (let iteration = 0; iteration < 3; iteration++) {
      await nextIteration();
      counts.push(started.length);
    }
    expect(counts).toEqual([1, 2, 3, 3].map((iterations) => iterations * postsPerIteration));
  });

  it('priority: a GET starts before queued POSTs that arrived earlier', () => {
    for (let count = 0; count < 2 * postsPerIteration; count++) send('POST');
    const get = send('GET');
    expect(started.length).toBe(postsPerIteration + 1);
    expect(started.at(-1) === get).toBe(true);
  });

  it('load shedding: POSTs beyond the limit get 503 until earlier ones have completed', () => {
    const admitted = Array.from({ length: maxConcurrentPosts }, () => send('POST'));
    const over = send('POST');
    expect([refused, over.statusCode, over.writableEnded]).toEqual([1, 503, true]);
    admitted[0]!.emit('prefinish'); // written, although the client may never read it
    expect(send('POST').statusCode).toBe(200);
    admitted[0]!.emit('close');
    expect(send('POST').statusCode).toBe(503);
    admitted[1]!.emit('close'); // the client disconnected
    expect(send('POST').statusCode).toBe(200);
    expect(refused).toBe(2);
  });

  it('client disconnect: a queued POST whose client has disconnected does not start', async () => {
    const sent = Array.from({ length: postsPerIteration + 1 }, () => send('POST'));
    sent.at(-1)!.destroy();
    await nextIteration();
    expect(started.length).toBe(postsPerIteration);
  });
});
