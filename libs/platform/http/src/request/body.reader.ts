/**
 * Reads the raw bytes of a body within the size and time limits of the route. The number of concurrent bodies is
 * limited. At the limit, a new body evicts the slowest one, or else one of the client with the most bodies, so that one
 * client cannot block the others.
 */
import type { IncomingMessage } from 'node:http';
import { Injectable } from '@nestjs/common';
import { Clock, withDeadline } from '@platform/resilience';
import type { FastifyRequest } from 'fastify';
import { httpPolicy } from '../http.policy';
import { HttpErrors } from '../problems/http.errors';
import { newestOfLargestShare, rateOf, slowestOf, type BodyProgress } from './body-progress';

export interface BodyLimits {
  readonly maxBytes: number;
  /** Time until the last byte, from the call of `read`. */
  readonly deadlineMs: number;
}

interface BodyInProgress extends BodyProgress {
  /** Stops reading and releases the received bytes. */
  abort: (reason: Error) => void;
}

@Injectable()
export class BodyReader {
  private readonly inProgress = new Set<BodyInProgress>();
  /** Stops the rate checks, which run while a body is being read. */
  private stopRateChecks: (() => void) | undefined;

  constructor(private readonly clock: Clock) {}

  /**
   * Reads the body of a request; `client` is the network of its sender. Throws OVERLOADED, BODY_TOO_LARGE,
   * MALFORMED_REQUEST if the body ends early, UNSUPPORTED_MEDIA_TYPE if it is compressed, and REQUEST_TIMEOUT if it is
   * too slow or evicted.
   */
  async read(request: FastifyRequest, client: string, limits: BodyLimits): Promise<Buffer> {
    assertReadable(request, limits);
    this.evictIfFull(client);
    const body: BodyInProgress = { client, startedMs: performance.now(), receivedBytes: 0, abort: () => undefined };
    this.inProgress.add(body);
    // A check runs after the event loop has read the received packets: a pause of this process is not a slow sender.
    this.stopRateChecks ??= this.clock.every(httpPolicy.bodyRateCheckMs, () => {
      setImmediate(() => this.abortSlowBodies());
    });
    try {
      return await withDeadline(limits.deadlineMs, collect(request.raw, limits.maxBytes, body), () => this.evict(body));
    } finally {
      this.inProgress.delete(body);
      if (this.inProgress.size === 0) this.endRateChecks();
    }
  }

  private endRateChecks(): void {
    this.stopRateChecks?.();
    this.stopRateChecks = undefined;
  }

  private evictIfFull(client: string): void {
    if (this.inProgress.size < httpPolicy.maxConcurrentBodies) return;
    const slowest = slowestOf(this.inProgress, performance.now(), httpPolicy.bodyEvictionGraceMs);
    const evicted = slowest ?? newestOfLargestShare(this.inProgress, client);
    if (evicted === undefined) throw HttpErrors.OVERLOADED.create();
    this.evict(evicted);
  }

  private abortSlowBodies(): void {
    const nowMs = performance.now();
    for (const body of this.inProgress) {
      const isPastGraceTime = nowMs - body.startedMs >= httpPolicy.bodyRateGraceMs;
      if (isPastGraceTime && rateOf(body, nowMs) < httpPolicy.minBodyBytesPerSecond) this.evict(body);
    }
  }

  /** Releases the slot at once; the request fails later in the same event-loop iteration. */
  private evict(body: BodyInProgress): Error {
    const reason = HttpErrors.REQUEST_TIMEOUT.create();
    this.inProgress.delete(body);
    body.abort(reason);
    return reason;
  }
}

function assertReadable({ headers }: FastifyRequest, { maxBytes }: BodyLimits): void {
  const codings = (headers['content-encoding'] ?? '').split(',').map((coding) => coding.trim().toLowerCase());
  if (codings.some((coding) => coding !== '' && coding !== 'identity'))
    throw HttpErrors.UNSUPPORTED_MEDIA_TYPE.create();
  if (Number(headers['content-length'] ?? 0) > maxBytes) throw HttpErrors.BODY_TOO_LARGE.create();
}

function collect(stream: IncomingMessage, maxBytes: number, body: BodyInProgress): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    let chunks: Buffer[] | undefined = [];
    body.abort = (reason) => {
      chunks = undefined;
      reject(reason);
    };
    stream.on('data', (chunk: Buffer) => {
      body.receivedBytes += chunk.length;
      if (body.receivedBytes <= maxBytes) chunks?.push(chunk);
      else body.abort(HttpErrors.BODY_TOO_LARGE.create());
    });
    stream.once('end', () => resolve(Buffer.concat(chunks ?? [])));
    stream.once('close', () => {
      if (!stream.readableEnded) reject(HttpErrors.MALFORMED_REQUEST.create());
    });
    stream.once('error', reject);
  });
}
