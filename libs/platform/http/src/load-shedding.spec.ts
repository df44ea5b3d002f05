import { createServer, IncomingMessage, ServerResponse, type Server } from 'node:http';
import { Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { httpPolicy } from './http.policy';
import { shedPosts } from './load-shedding.provider';

const { maxPostsAtOnce, postsPerTurn } = httpPolicy;

describe('load shedding', () => {
  let server: Server;
  let begun: ServerResponse[];
  let refused: number;

  beforeEach(() => {
    const ofThisTest: ServerResponse[] = [];
    begun = ofThisTest;
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

  it('event loop: a few POSTs begin in each turn, the others in later turns', async () => {
    for (let count = 0; count < 3 * postsPerTurn; count++) send('POST');
    const counts = [begun.length];
    for (let turn = 0; turn < 3; turn++) {
      await nextTurn();
      counts.push(begun.length);
    }
    expect(counts).toEqual([1, 2, 3, 3].map((turns) => turns * postsPerTurn));
  });

  it('priority: a GET begins before waiting POSTs that arrived earlier', () => {
    for (let count = 0; count < 2 * postsPerTurn; count++) send('POST');
    const get = send('GET');
    expect(begun.length).toBe(postsPerTurn + 1);
    expect(begun.at(-1) === get).toBe(true);
  });

  it('load shedding: POSTs beyond the limit get 503 until others have ended', () => {
    const admitted = Array.from({ length: maxPostsAtOnce }, () => send('POST'));
    const over = send('POST');
    expect([refused, over.statusCode, over.writableEnded]).toEqual([1, 503, true]);
    admitted[0]!.emit('prefinish'); // written, although its client may never read it
    expect(send('POST').statusCode).toBe(200);
    admitted[0]!.emit('close');
    expect(send('POST').statusCode).toBe(503);
    admitted[1]!.emit('close'); // its client has gone
    expect(send('POST').statusCode).toBe(200);
    expect(refused).toBe(2);
  });

  it('client disconnect: a waiting POST whose client has gone does not begin', async () => {
    const sent = Array.from({ length: postsPerTurn + 1 }, () => send('POST'));
    sent.at(-1)!.destroy();
    await nextTurn();
    expect(begun.length).toBe(postsPerTurn);
  });
});
