/** A TCP proxy that cuts, freezes or delays connections to simulate outages while the server keeps running. */
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { Transform } from 'node:stream';

export interface Proxy {
  readonly port: number;
  /** Closes all connections and refuses new ones until `restore`. */
  readonly cut: () => void;
  readonly restore: () => void;
  /** Stops forwarding and keeps connections open, like a server that hangs. */
  readonly freeze: () => void;
  /** Resumes forwarding, starting with the buffered data. */
  readonly thaw: () => void;
  /** Drops responses while requests are still forwarded, until `cut`. */
  readonly dropResponses: () => void;
  /** Delays every response of the server by `ms`. */
  readonly delayBy: (ms: number) => void;
  readonly close: () => void;
}

export async function startProxy(host: string, port: number): Promise<Proxy> {
  const sockets = new Set<Socket>();
  const upstreams = new Set<Socket>();
  let isCut = false;
  let isFrozen = false;
  let latencyMs = 0;
  const server = createServer((client) => {
    if (isCut) return void client.destroy();
    const upstream = connect(port, host);
    upstreams.add(upstream.on('close', () => upstreams.delete(upstream)));
    for (const [from, to] of [[client, upstream] as const, [upstream, client] as const]) {
      sockets.add(from);
      from.on('error', () => to.destroy()).on('close', () => to.destroy());
      if (from === upstream) from.pipe(delayedBy(() => latencyMs)).pipe(to);
      else from.pipe(to);
      if (isFrozen) from.pause();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const cut = () => {
    isCut = true;
    for (const socket of sockets) socket.destroy();
    sockets.clear();
  };
  return {
    port: (server.address() as AddressInfo).port,
    cut,
    restore: () => (isCut = false),
    freeze: () => {
      isFrozen = true;
      for (const socket of sockets) socket.pause();
    },
    thaw: () => {
      isFrozen = false;
      for (const socket of sockets) socket.resume();
    },
    dropResponses: () => {
      for (const upstream of upstreams) upstream.unpipe();
    },
    delayBy: (ms) => (latencyMs = ms),
    close: () => {
      cut();
      server.close();
    },
  };
}

/** Delays each chunk. Timers of equal length fire in the order of their creation, so chunks stay in order. */
function delayedBy(latencyMs: () => number): Transform {
  return new Transform({
    transform(chunk: Buffer, _, done) {
      setTimeout(() => this.push(chunk), latencyMs());
      done();
    },
    flush(done) {
      setTimeout(done, latencyMs());
    },
  });
}
