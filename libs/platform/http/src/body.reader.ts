/** Reads the bytes of a body as they were sent, and no more of them, for no longer, than the route takes. */
import type { IncomingMessage } from 'node:http';
import { within } from '@platform/resilience';
import type { FastifyRequest } from 'fastify';
import { HttpErrors } from './http.errors';
import { httpPolicy } from './http.policy';

export interface BodyLimits {
  readonly maxBytes: number;
  /** From now until the last byte. */
  readonly deadlineMs: number;
}

/** Of this process, all routes together. */
let bodiesBeingRead = 0;

/** Throws OVERLOADED, BODY_TOO_LARGE, REQUEST_TIMEOUT, UNSUPPORTED_MEDIA_TYPE where it is compressed, MALFORMED_REQUEST where it ends early. */
export async function readBody(request: FastifyRequest, limits: BodyLimits): Promise<Buffer> {
  assertWorthReading(request, limits);
  if (bodiesBeingRead >= httpPolicy.maxBodiesAtOnce) throw HttpErrors.OVERLOADED.create();
  bodiesBeingRead += 1;
  try {
    const giveUp = () => HttpErrors.REQUEST_TIMEOUT.create();
    return await within(limits.deadlineMs, collect(request.raw, limits.maxBytes), giveUp);
  } finally {
    bodiesBeingRead -= 1;
  }
}

function assertWorthReading({ headers }: FastifyRequest, { maxBytes }: BodyLimits): void {
  const coding = headers['content-encoding'] ?? 'identity';
  if (coding !== 'identity') throw HttpErrors.UNSUPPORTED_MEDIA_TYPE.create();
  if (Number(headers['content-length'] ?? 0) > maxBytes) throw HttpErrors.BODY_TOO_LARGE.create();
}

function collect(body: IncomingMessage, maxBytes: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    body.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= maxBytes) return void chunks.push(chunk);
      chunks.length = 0;
      reject(HttpErrors.BODY_TOO_LARGE.create());
    });
    body.once('end', () => resolve(Buffer.concat(chunks)));
    body.once('close', () => reject(HttpErrors.MALFORMED_REQUEST.create())); // says nothing where all has come
    body.once('error', reject);
  });
}
