/**
 * The connections of the server, so that it can end without failing anybody: clients that keep theirs are told with
 * each answer to take another, and those nobody waits on are closed.
 */
import type { Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** The answer that is being made on a connection, as Node.js notes it; null where there is none. */
export type HttpSocket = Socket & { readonly _httpMessage?: ServerResponse | null };

const closing = new WeakSet<Socket>();

/** Ends the connection once the response has been sent. */
export function closeAfter(response: ServerResponse, socket: Socket): void {
  closing.add(socket);
  if (response.headersSent) response.once('finish', () => socket.destroySoon());
  else response.shouldKeepAlive = false;
}

/** Whatever else arrives on such a connection is ignored. */
export function isClosing(socket: Socket): boolean {
  return closing.has(socket);
}

export class Connections {
  private readonly open = new Set<HttpSocket>();

  constructor(private readonly server: Server) {
    server.on('connection', (socket: Socket) => {
      this.open.add(socket);
      socket.once('close', () => this.open.delete(socket));
    });
  }

  /** From now on an answer is the last one on its connection. */
  drain(): void {
    this.server.prependListener('request', (_request, response) => {
      response.shouldKeepAlive = false;
    });
  }

  /** Also those that were opened and never used, which Node.js counts as busy. */
  closeIdle(): void {
    for (const socket of this.open) if ((socket._httpMessage ?? null) === null) socket.destroy();
  }
}
