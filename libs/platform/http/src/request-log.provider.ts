/** The one line that is logged for each request, whoever answered it. */
import type { FastifyBaseLogger } from 'fastify';

export interface CompletedRequest {
  readonly requestId: string;
  readonly method: string | undefined;
  /** As the client wrote it. */
  readonly url: string | undefined;
  /** Its pattern, `/products/:id`; undefined where there is none. */
  readonly route: string | undefined;
  readonly status: number;
  readonly durationMs: number;
}

export function logCompleted(log: FastifyBaseLogger, request: CompletedRequest): void {
  log.info(request, 'request completed');
}

/** A tenth of a millisecond is as much as means something. */
export function toTenths(ms: number): number {
  return Math.round(ms * 10) / 10;
}
