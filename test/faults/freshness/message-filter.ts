/** A proxy of Redis that can drop pub/sub messages, while connections and commands continue to work. */
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { Transform } from 'node:stream';
import type { PrivateRedis } from '../../support/servers/private-redis';

/** Beginning of a message to a subscriber in RESP 2. */
const MESSAGE = Buffer.from('*3\r\n$7\r\nmessage\r\n');

export class MessageFilter {
  private isDropping = false;
  private readonly sockets = new Set<Socket>();
  private readonly server = createServer((client) => this.forward(client));

  private constructor(private readonly redisPort: number) {}

  static async start({ port }: PrivateRedis): Promise<MessageFilter> {
    const filter = new MessageFilter(port);
    await new Promise<void>((resolve) => filter.server.listen(0, '127.0.0.1', resolve));
    return filter;
  }

  get url(): string {
    return `redis://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  drop(): void {
    this.isDropping = true;
  }

  pass(): void {
    this.isDropping = false;
  }

  close(): void {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
  }

  private forward(client: Socket): void {
    const redis = connect(this.redisPort, '127.0.0.1');
    for (const [from, to] of [[client, redis] as const, [redis, client] as const]) {
      this.sockets.add(from);
      from
        .on('error', () => to.destroy())
        .on('close', () => {
          to.destroy();
          this.sockets.delete(from);
        });
    }
    client.pipe(redis);
    redis.pipe(this.withoutMessages()).pipe(client);
  }

  /** Redis sends a message in a chunk of its own, because the service sends no commands while it waits for messages. */
  private withoutMessages(): Transform {
    const isDropped = (chunk: Buffer) => this.isDropping && chunk.subarray(0, MESSAGE.length).equals(MESSAGE);
    return new Transform({
      transform: (chunk: Buffer, _, done) => {
        if (isDropped(chunk)) done();
        else done(null, chunk);
      },
    });
  }
}
