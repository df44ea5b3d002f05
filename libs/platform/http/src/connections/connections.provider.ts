/**
 * Tracks the connections of the server for a graceful shutdown: responses end keep-alive with `Connection: close`, and
 * idle connections are closed.
 */
import type { Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** `_httpMessage` is the current response of the connection, as Node.js stores it; null if there is none. */
export type HttpSocket = Socket & { readonly _httpMessage?: ServerResponse | null };

const closing = new WeakSet<Socket>();

/** Ends the connection once the response has been sent. */
export function closeAfter(response: ServerResponse, socket: Socket): void {
  closing.add(socket);
  if (response.headersSent) response.once('finish', () => socket.destroySoon());
  else response.shouldKeepAlive = false;
}

/** Returns whether `closeAfter` was called; parse errors on such a connection are ignored. */
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

  /** Makes every further response the last one on its connection. */
  drain(): void {
    this.server.prependListener('request', (_request, response) => {
      response.shouldKeepAlive = false;
    });
  }

  /** Also closes connections that were opened and never used, which Node.js counts as busy. */
  closeIdle(): void {
    for (const socket of this.open) if ((socket._httpMessage ?? null) === null) socket.destroy();
  }
}
