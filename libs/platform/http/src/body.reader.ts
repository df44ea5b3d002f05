/**
 * Reads the bytes of a body as they were sent, and no more of them, for no longer, than the route takes. The number of
 * bodies that are read at once is bounded. If all places are taken, a new body takes the place of the slowest one, or of
 * one from the client with the most places: many bodies of a client must not keep out those of others.
 */
import type { IncomingMessage } from 'node:http';
import { withTimeout } from '@platform/resilience';
import type { FastifyRequest } from 'fastify';
import { newestOfLargestShare, rateOf, slowestOf, type BodyProgress } from './body-progress';
import { HttpErrors } from './http.errors';
import { httpPolicy } from './http.policy';

export interface BodyLimits {
  readonly maxBytes: number;
  /** From now until the last byte. */
  readonly deadlineMs: number;
}

interface BodyInProgress extends BodyProgress {
  /** Ends the reading, and keeps nothing of what has been read. */
  abort: (reason: Error) => void;
}

/** Of this process, all routes together. */
const inProgress = new Set<BodyInProgress>();

/** Runs as long as a body is being read. */
let rateChecks: NodeJS.Timeout | undefined;

/**
 * `client` names the network that the request comes from. Throws OVERLOADED, BODY_TOO_LARGE, MALFORMED_REQUEST if the
 * body ends early, UNSUPPORTED_MEDIA_TYPE if it is compressed, and REQUEST_TIMEOUT if it is too slow or has to give its
 * place to another one.
 */
export async function readBody(request: FastifyRequest, client: string, limits: BodyLimits): Promise<Buffer> {
  assertWorthReading(request, limits);
  makeRoom(client);
  const body: BodyInProgress = { client, beganMs: performance.now(), receivedBytes: 0, abort: () => undefined };
  inProgress.add(body);
  rateChecks ??= setInterval(() => setImmediate(abortSlowBodies), httpPolicy.bodyRateCheckMs).unref();
  try {
    return await withTimeout(limits.deadlineMs, collect(request.raw, limits.maxBytes, body), () => evict(body));
  } finally {
    inProgress.delete(body);
    if (inProgress.size === 0) stopRateChecks();
  }
}

function assertWorthReading({ headers }: FastifyRequest, { maxBytes }: BodyLimits): void {
  const codings = (headers['content-encoding'] ?? '').split(',').map((coding) => coding.trim().toLowerCase());
  if (codings.some((coding) => coding !== '' && coding !== 'identity'))
    throw HttpErrors.UNSUPPORTED_MEDIA_TYPE.create();
  if (Number(headers['content-length'] ?? 0) > maxBytes) throw HttpErrors.BODY_TOO_LARGE.create();
}

function stopRateChecks(): void {
  clearInterval(rateChecks);
  rateChecks = undefined;
}

function makeRoom(client: string): void {
  if (inProgress.size < httpPolicy.maxBodiesAtOnce) return;
  const slowest = slowestOf(inProgress, performance.now(), httpPolicy.bodyEvictionGraceMs);
  const evicted = slowest ?? newestOfLargestShare(inProgress, client);
  if (evicted === undefined) throw HttpErrors.OVERLOADED.create();
  evict(evicted);
}

/** Begins after the event loop has read what has arrived: if this process stood still, the sender was not slow. */
function abortSlowBodies(): void {
  const nowMs = performance.now();
  for (const body of inProgress) {
    const isOld = nowMs - body.beganMs >= httpPolicy.bodyRateGraceMs;
    if (isOld && rateOf(body, nowMs) < httpPolicy.minBodyBytesPerSecond) evict(body);
  }
}

/** Its place is free at once; its request is answered later in this turn. */
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
    stream.once('close', () => reject(HttpErrors.MALFORMED_REQUEST.create())); // changes nothing after the end
    stream.once('error', reject);
  });
}
