/**
 * Reads the raw bytes of a body within the size and time limits of the route. The number of concurrent bodies is
 * limited. At the limit, a new body evicts the slowest one, or else one of the client with the most bodies, so that one
 * client cannot block the others.
 */
import type { IncomingMessage } from 'node:http';
import { withDeadline } from '@platform/resilience';
import type { FastifyRequest } from 'fastify';
import { newestOfLargestShare, rateOf, slowestOf, type BodyProgress } from './body-progress';
import { HttpErrors } from '../problems/http.errors';
import { httpPolicy } from '../http.policy';

export interface BodyLimits {
  readonly maxBytes: number;
  /** Time until the last byte, from the call of `readBody`. */
  readonly deadlineMs: number;
}

interface BodyInProgress extends BodyProgress {
  /** Stops reading and releases the received bytes. */
  abort: (reason: Error) => void;
}

/** All routes of this process. */
const inProgress = new Set<BodyInProgress>();

/** Runs while a body is being read. */
let rateChecks: NodeJS.Timeout | undefined;

/**
 * Reads the body of a request; `client` is the network of its sender. Throws OVERLOADED, BODY_TOO_LARGE,
 * MALFORMED_REQUEST if the body ends early, UNSUPPORTED_MEDIA_TYPE if it is compressed, and REQUEST_TIMEOUT if it is
 * too slow or evicted.
 */
export async function readBody(request: FastifyRequest, client: string, limits: BodyLimits): Promise<Buffer> {
  assertReadable(request, limits);
  evictIfFull(client);
  const body: BodyInProgress = { client, startedMs: performance.now(), receivedBytes: 0, abort: () => undefined };
  inProgress.add(body);
  rateChecks ??= setInterval(() => setImmediate(abortSlowBodies), httpPolicy.bodyRateCheckMs).unref();
  try {
    return await withDeadline(limits.deadlineMs, collect(request.raw, limits.maxBytes, body), () => evict(body));
  } finally {
    inProgress.delete(body);
    if (inProgress.size === 0) stopRateChecks();
  }
}

function assertReadable({ headers }: FastifyRequest, { maxBytes }: BodyLimits): void {
  const codings = (headers['content-encoding'] ?? '').split(',').map((coding) => coding.trim().toLowerCase());
  if (codings.some((coding) => coding !== '' && coding !== 'identity'))
    throw HttpErrors.UNSUPPORTED_MEDIA_TYPE.create();
  if (Number(headers['content-length'] ?? 0) > maxBytes) throw HttpErrors.BODY_TOO_LARGE.create();
}

function stopRateChecks(): void {
  clearInterval(rateChecks);
  rateChecks = undefined;
}

function evictIfFull(client: string): void {
  if (inProgress.size < httpPolicy.maxConcurrentBodies) return;
  const slowest = slowestOf(inProgress, performance.now(), httpPolicy.bodyEvictionGraceMs);
  const evicted = slowest ?? newestOfLargestShare(inProgress, client);
  if (evicted === undefined) throw HttpErrors.OVERLOADED.create();
  evict(evicted);
}

/** Runs after the event loop has read the received packets: a pause of this process is not a slow sender. */
function abortSlowBodies(): void {
  const nowMs = performance.now();
  for (const body of inProgress) {
    const isPastGraceTime = nowMs - body.startedMs >= httpPolicy.bodyRateGraceMs;
    if (isPastGraceTime && rateOf(body, nowMs) < httpPolicy.minBodyBytesPerSecond) evict(body);
  }
}

/** Releases the slot at once; the request fails later in the same event-loop iteration. */
function evict(body: BodyInProgress): Error {
  const reason = HttpErrors.REQUEST_TIMEOUT.create();
  inProgress.delete(body);
  body.abort(reason);
  return reason;
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
    stream.once('close', () => reject(HttpErrors.MALFORMED_REQUEST.create())); // no effect after `end`
    stream.once('error', reject);
  });
}
