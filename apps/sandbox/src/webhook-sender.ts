/** Sends events to subscribers until they are accepted, signed by Standard Webhooks 1.0; optionally with duplicates. */
import { createHmac, randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Settings } from './settings';

export interface Subscription {
  readonly url: string;
  /** `whsec_…`; without a secret, events are not signed. */
  readonly secret?: string;
}

/** A delivery attempt; its status is 0 if there was no response. */
export interface Sending {
  readonly eventId: string;
  readonly url: string;
  readonly body: string;
  readonly status: number;
}

/** Delays before the second attempt, the third and so on; the last delay repeats. */
const RETRY_DELAYS_MS = [100, 200, 500, 1_000, 2_000, 5_000];
const MAX_ATTEMPTS = 100;
const ATTEMPT_TIMEOUT_MS = 5_000;
const MAX_SENDINGS = 1_000;

export class WebhookSender {
  readonly subscriptions = new Map<string, Subscription>();
  readonly sendings: Sending[] = [];
  private readonly closing = new AbortController();

  constructor(private readonly settings: Settings) {}

  /** Sends an event to all subscribers in the background. Returns its id. */
  send(event: object): string {
    const eventId = `evt-${randomUUID()}`;
    for (const subscription of this.subscriptions.values())
      void this.deliver(subscription, eventId, JSON.stringify(event)).catch(() => undefined);
    return eventId;
  }

  end(): void {
    this.closing.abort();
  }

  private async deliver(subscription: Subscription, eventId: string, body: string): Promise<void> {
    let remaining = 1 + this.settings.duplicates;
    for (let attempts = 0; attempts < MAX_ATTEMPTS && remaining > 0; attempts++) {
      const status = await this.post(subscription, eventId, body);
      this.sendings.push({ eventId, url: subscription.url, body, status });
      this.sendings.splice(0, this.sendings.length - MAX_SENDINGS);
      if (status >= 200 && status < 300) remaining -= 1;
      else
        await delay(RETRY_DELAYS_MS[Math.min(attempts, RETRY_DELAYS_MS.length - 1)], undefined, {
          signal: this.closing.signal,
        });
    }
  }

  private async post({ url, secret }: Subscription, eventId: string, body: string): Promise<number> {
    try {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-event-id': eventId, ...signature(secret, eventId, body) },
        body,
        signal: AbortSignal.any([this.closing.signal, AbortSignal.timeout(ATTEMPT_TIMEOUT_MS)]),
      });
      await response.arrayBuffer();
      return response.status;
    } catch {
      return 0;
    }
  }
}

function signature(secret: string | undefined, eventId: string, body: string): Record<string, string> {
  if (secret === undefined) return {};
  const timestamp = String(Math.floor(Date.now() / 1_000));
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  const mac = createHmac('sha256', key).update(`${eventId}.${timestamp}.${body}`).digest('base64');
  return { 'webhook-id': eventId, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${mac}` };
}
