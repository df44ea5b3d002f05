/**
 * Sends one request after the other, on many connections at once, as fast as the answers come. Written on bare
 * sockets, because a client that takes longer over an answer than the server makes all servers look alike: of 32 µs a
 * request that autocannon takes here, this takes a third.
 */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

export interface Blows {
  readonly latenciesMs: readonly number[];
  /** Answers that had another status. */
  readonly failed: number;
}

export interface Target {
  readonly address: string;
  /** The bytes of the next one, made by `toRequest`. */
  readonly nextRequest: () => Buffer;
  readonly status: number;
}

/** With a body it is a POST. */
export function toRequest(address: string, headers: Readonly<Record<string, string>>, body?: string): Buffer {
  const { host, pathname, search } = new URL(address);
  const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
  const lines = Object.entries({ host, ...headers, ...length }).map(([name, value]) => `${name}: ${value}\r\n`);
  const method = body === undefined ? 'GET' : 'POST';
  return Buffer.from(`${method} ${pathname}${search} HTTP/1.1\r\n${lines.join('')}\r\n${body ?? ''}`);
}

/** The connections end with the time; what is under way then is not counted. */
export async function hammer(target: Target, connections: number, seconds: number): Promise<Blows> {
  const { hostname, port } = new URL(target.address);
  const blows = { latenciesMs: [] as number[], failed: 0 };
  const sockets = Array.from({ length: connections }, () =>
    connect({ host: hostname, port: Number(port), noDelay: true }),
  );
  await Promise.all(sockets.map((socket) => once(socket, 'connect')));
  const broken = Promise.race(sockets.map((socket) => once(socket, 'close')));
  for (const socket of sockets) askAgain(socket, target, blows);
  const time = new Promise<'over'>((resolve) => setTimeout(resolve, seconds * 1_000, 'over'));
  const isOver = (await Promise.race([time, broken])) === 'over';
  for (const socket of sockets) socket.destroy();
  if (!isOver) throw new Error(`${target.address} closed a connection`);
  return blows;
}

function askAgain(
  socket: Socket,
  { nextRequest, status }: Target,
  blows: { latenciesMs: number[]; failed: number },
): void {
  const expected = `HTTP/1.1 ${status} `;
  let sentMs = performance.now();
  let pending: Buffer | undefined;
  let missing = 0;
  socket.on('data', (chunk: Buffer) => {
    if (missing > 0) missing -= chunk.length;
    else {
      pending = pending === undefined ? chunk : Buffer.concat([pending, chunk]);
      const end = pending.indexOf('\r\n\r\n');
      if (end < 0) return;
      const head = pending.toString('latin1', 0, end);
      if (!head.startsWith(expected)) blows.failed += 1;
      missing = end + 4 + contentLengthOf(head) - pending.length;
      pending = undefined;
    }
    if (missing > 0) return;
    const nowMs = performance.now();
    blows.latenciesMs.push(nowMs - sentMs);
    sentMs = nowMs;
    socket.write(nextRequest());
  });
  socket.write(nextRequest());
}

function contentLengthOf(head: string): number {
  if (head.startsWith('HTTP/1.1 304 ')) return 0; // it has no content (RFC 9110 §15.4.5)
  const length = /\r\ncontent-length: (\d+)/i.exec(head)?.[1];
  if (length === undefined) throw new Error('an answer without Content-Length cannot be measured');
  return Number(length);
}
