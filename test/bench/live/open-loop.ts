/** Open-loop load: requests start at fixed times, even if earlier ones still wait for their responses. */
import { setTimeout as delay } from 'node:timers/promises';

/** Timers fire up to this much later than requested. */
const TIMER_RESOLUTION_MS = 1;

interface Arrivals {
  readonly perSecond: number;
  readonly seconds: number;
  /** Ends the arrivals early. */
  readonly signal?: AbortSignal;
}

/**
 * Calls `send` with the time at which the request should have started, and resolves after the last response. A latency
 * from that time includes any delay of the client, except for the resolution of its timers.
 */
export async function atFixedRate(
  { perSecond, seconds, signal }: Arrivals,
  send: (startMs: number) => Promise<void>,
): Promise<void> {
  const beginMs = performance.now();
  const sent: Promise<void>[] = [];
  while (sent.length < perSecond * seconds && signal?.aborted !== true) {
    const dueMs = beginMs + (sent.length * 1_000) / perSecond;
    const nowMs = performance.now();
    if (nowMs < dueMs) await delay(dueMs - nowMs);
    else sent.push(handled(send(Math.min(nowMs, dueMs + TIMER_RESOLUTION_MS))));
  }
  await Promise.all(sent);
}

/** Marks a rejection as handled: `Promise.all` receives it once all requests are sent. */
function handled(sending: Promise<void>): Promise<void> {
  sending.catch(() => undefined);
  return sending;
}
