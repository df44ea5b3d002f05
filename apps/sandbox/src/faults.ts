/**
 * What goes wrong on purpose, dialled over HTTP for each part of the sandbox: before a request is looked at, or with
 * the answer it would have had.
 */
import { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { targetOf, type Target } from './targets';

export interface Fault {
  readonly kind: (typeof FAULT_KINDS)[number];
  /** slow: how much later the answer comes; trickle: how long each byte takes. */
  readonly ms?: number;
  /** status: what is answered, and with which Retry-After and RFC 6749 error. */
  readonly status?: number;
  readonly retryAfter?: string;
  readonly error?: string;
  /** huge: how large the body is. */
  readonly bytes?: number;
  /** redirect: where to. */
  readonly location?: string;
  /** fields: what the JSON of the answer has instead; null for a field that is missing. */
  readonly fields?: Readonly<Record<string, unknown>>;
  /** Of so many requests in a hundred; of all, where nothing is said. */
  readonly percent?: number;
  /** So many times, then no more; for ever, where nothing is said. */
  readonly times?: number;
}

export const FAULT_KINDS = [
  'slow',
  'stall',
  'status',
  'reset',
  'redirect',
  // those below have the request carried out, and spoil the answer
  'lose-answer',
  'stall-body',
  'trickle',
  'reset-body',
  'huge',
  'bad-json',
  'html',
  'fields',
] as const;

const MEGABYTE = 1_024 * 1_024;

export class Faults {
  private readonly active = new Map<Target, Fault & { left: number; percentOfNext: number }>();
  private readonly applied = new WeakMap<FastifyRequest, Fault>();

  /** Undefined ends it. */
  set(target: Target, fault: Fault | undefined): void {
    if (fault === undefined) this.active.delete(target);
    else this.active.set(target, { ...fault, left: fault.times ?? Infinity, percentOfNext: 0 });
  }

  clear(): void {
    this.active.clear();
  }

  all(): Record<string, Fault> {
    return Object.fromEntries(this.active);
  }

  install(server: FastifyInstance): void {
    server.addHook('preHandler', async (request, reply) => {
      const fault = this.take(targetOf(request.url));
      if (fault === undefined) return;
      this.applied.set(request, fault);
      await beforehand(fault, request, reply);
    });
    server.addHook('onSend', (request, reply, payload, done) => {
      const fault = this.applied.get(request);
      const spoil = fault && spoilers[fault.kind];
      if (fault?.kind === 'html') reply.type('text/html');
      done(null, fault && spoil ? spoil(String(payload), fault, () => request.raw.socket.resetAndDestroy()) : payload);
    });
  }

  /** The fault of the part, or of all of API A. */
  private take(target: Target | undefined): Fault | undefined {
    if (target === undefined) return undefined;
    const found = [target, ...(target === 'token' ? [] : (['api'] as const))].find((each) => this.active.has(each));
    const fault = found && this.active.get(found);
    if (found === undefined || fault === undefined || !isHit(fault)) return undefined;
    fault.left -= 1;
    if (fault.left <= 0) this.active.delete(found);
    return fault;
  }
}

/** Spread evenly, so that a test sees what it dialled. */
function isHit(fault: Fault & { percentOfNext: number }): boolean {
  fault.percentOfNext += fault.percent ?? 100;
  if (fault.percentOfNext < 100) return false;
  fault.percentOfNext -= 100;
  return true;
}

async function beforehand(fault: Fault, request: FastifyRequest, reply: FastifyReply): Promise<void> {
  if (fault.kind === 'slow') await delay(fault.ms ?? 1_000);
  else if (fault.kind === 'stall') await delay(24 * 3_600_000, undefined, { ref: false });
  else if (fault.kind === 'reset') request.raw.socket.resetAndDestroy();
  else if (fault.kind === 'redirect') await reply.redirect(fault.location ?? 'http://127.0.0.1:9/', 302);
  else if (fault.kind === 'status') {
    if (fault.retryAfter !== undefined) reply.header('retry-after', fault.retryAfter);
    await reply.status(fault.status ?? 500).send({ error: fault.error ?? 'on_purpose' });
  }
}

/** How an answer is spoilt; of faults that come before it, nothing. */
const spoilers: Partial<Record<Fault['kind'], (payload: string, fault: Fault, reset: () => void) => unknown>> = {
  'lose-answer': (_payload, _fault, reset) => Readable.from(resetting('', reset)),
  'stall-body': (payload) => Readable.from(piecemeal(payload.slice(0, 1), 0, true)),
  trickle: (payload, { ms }) => Readable.from(piecemeal(payload, ms ?? 1_000, false)),
  'reset-body': (payload, _fault, reset) => Readable.from(resetting(payload.slice(0, payload.length / 2), reset)),
  huge: (_payload, { bytes }) => JSON.stringify({ filler: 'x'.repeat(bytes ?? 10 * MEGABYTE) }),
  'bad-json': (payload) => payload.slice(0, -1),
  html: () => '<!doctype html><title>Welcome</title><p>Please sign in.',
  fields: (payload, { fields }) => withFields(payload, fields ?? {}),
};

async function* piecemeal(payload: string, pauseMs: number, isEndless: boolean): AsyncGenerator<string> {
  for (const character of payload) {
    yield character;
    await delay(pauseMs, undefined, { ref: false });
  }
  if (isEndless) await delay(24 * 3_600_000, undefined, { ref: false });
}

async function* resetting(payload: string, reset: () => void): AsyncGenerator<string> {
  if (payload !== '') yield payload;
  await delay(20);
  reset();
}

function withFields(payload: string, fields: Readonly<Record<string, unknown>>): string {
  const body = { ...(JSON.parse(payload) as Record<string, unknown>), ...fields };
  return JSON.stringify(Object.fromEntries(Object.entries(body).filter(([, value]) => value !== null)));
}
