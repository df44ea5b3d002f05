import type { IncomingMessage, Server, ServerResponse } from 'node:http';

type Interceptor = (request: IncomingMessage, response: ServerResponse, proceed: () => void) => void;

/**
 * Lets `intercept` decide if and when the listeners of a request are called. It replaces the event itself, so that it
 * does not matter which listeners there are or when they change. The interceptor that was added last is asked first.
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
