/** Fault injection: faults are set over HTTP per target, and apply before a request is handled or to its response. */
import { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { targetOf, type Target } from './targets';

export interface Fault {
  readonly kind: (typeof FAULT_KINDS)[number];
  /** slow: delay of the response; trickle: delay after each character; in ms. */
  readonly ms?: number;
  /** status: status code of the response, with its Retry-After and RFC 6749 error. */
  readonly status?: number;
  readonly retryAfter?: string;
  readonly error?: string;
  /** huge: size of the body. */
  readonly bytes?: number;
  /** redirect: target URL. */
  readonly location?: string;
  /** fields: members that replace those of the JSON response; null removes a member. */
  readonly fields?: Readonly<Record<string, unknown>>;
  /** Percentage of requests that are affected; default: 100. */
  readonly percent?: number;
  /** Number of requests that are affected; default: unlimited. */
  readonly times?: number;
}

export const FAULT_KINDS = [
  'slow',
  'stall',
  'status',
  'reset',
  'redirect',
  // the following handle the request and corrupt its response
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

  /** `undefined` removes the fault. */
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
      await applyBefore(fault, request, reply);
    });
    server.addHook('onSend', (request, reply, payload, done) => {
      const fault = this.applied.get(request);
      const corrupt = fault && corruptions[fault.kind];
      if (fault?.kind === 'html') reply.type('text/html');
      done(
        null,
        fault && corrupt ? corrupt(String(payload), fault, () => request.raw.socket.resetAndDestroy()) : payload,
      );
    });
  }

  /** Returns the fault of the target or of all of API A, and counts it; undefined if the request is not affected. */
  private take(target: Target | undefined): Fault | undefined {
    if (target === undefined) return undefined;
    const affected = [target, ...(target === 'token' ? [] : (['api'] as const))].find((each) => this.active.has(each));
    const fault = affected && this.active.get(affected);
    if (affected === undefined || fault === undefined || !isHit(fault)) return undefined;
    fault.left -= 1;
    if (fault.left <= 0) this.active.delete(affected);
    return fault;
  }
}

/** Spreads the percentage evenly over the requests, so that tests are deterministic. */
function isHit(fault: Fault & { percentOfNext: number }): boolean {
  fault.percentOfNext += fault.percent ?? 100;
  if (fault.percentOfNext < 100) return false;
  fault.percentOfNext -= 100;
  return true;
}

async function applyBefore(fault: Fault, request: FastifyRequest, reply: FastifyReply): Promise<void> {
  if (fault.kind === 'slow') await delay(fault.ms ?? 1_000);
  else if (fault.kind === 'stall') await delay(24 * 3_600_000, undefined, { ref: false });
  else if (fault.kind === 'reset') request.raw.socket.resetAndDestroy();
  else if (fault.kind === 'redirect') await reply.redirect(fault.location ?? 'http://127.0.0.1:9/', 302);
  else if (fault.kind === 'status') {
    if (fault.retryAfter !== undefined) reply.header('retry-after', fault.retryAfter);
    await reply.status(fault.status ?? 500).send({ error: fault.error ?? 'on_purpose' });
  }
}

/** Corrupted response for each kind of fault; none for faults that apply before the request is handled. */
const corruptions: Partial<Record<Fault['kind'], (payload: string, fault: Fault, reset: () => void) => unknown>> = {
  'lose-answer': (_payload, _fault, reset) => Readable.from(thenReset('', reset)),
  'stall-body': (payload) => Readable.from(trickled(payload.slice(0, 1), 0, true)),
  trickle: (payload, { ms }) => Readable.from(trickled(payload, ms ?? 1_000, false)),
  'reset-body': (payload, _fault, reset) => Readable.from(thenReset(payload.slice(0, payload.length / 2), reset)),
  huge: (_payload, { bytes }) => JSON.stringify({ filler: 'x'.repeat(bytes ?? 10 * MEGABYTE) }),
  'bad-json': (payload) => payload.slice(0, -1),
  html: () => '<!doctype html><title>Welcome</title><p>Please sign in.',
  fields: (payload, { fields }) => withFields(payload, fields ?? {}),
};

async function* trickled(payload: string, pauseMs: number, isStalled: boolean): AsyncGenerator<string> {
  for (const character of payload) {
    yield character;
    await delay(pauseMs, undefined, { ref: false });
  }
  if (isStalled) await delay(24 * 3_600_000, undefined, { ref: false });
}

async function* thenReset(payload: string, reset: () => void): AsyncGenerator<string> {
  if (payload !== '') yield payload;
  await delay(20);
  reset();
}

function withFields(payload: string, fields: Readonly<Record<string, unknown>>): string {
  const body = { ...(JSON.parse(payload) as Record<string, unknown>), ...fields };
  return JSON.stringify(Object.fromEntries(Object.entries(body).filter(([, value]) => value !== null)));
}
