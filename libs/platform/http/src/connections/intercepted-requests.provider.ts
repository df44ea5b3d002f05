import type { IncomingMessage, Server, ServerResponse } from 'node:http';

type Interceptor = (request: IncomingMessage, response: ServerResponse, proceed: () => void) => void;

/**
 * Calls `intercept` instead of the `request` listeners, which `proceed` then calls. Replaces `emit` itself, so it also
 * covers listeners that are added later. The interceptor that was added last runs first.
 */
export function interceptRequests(server: Server, intercept: Interceptor): void {
  const emit = server.emit.bind(server) as (event: string, ...args: unknown[]) => boolean;
  server.emit = (event: string, ...args: unknown[]): boolean => {
    if (event !== 'request') return emit(event, ...args);
    const [request, response] = args as [IncomingMessage, ServerResponse];
    intercept(request, response, () => emit(event, request, response));
    return true;
  };
}
