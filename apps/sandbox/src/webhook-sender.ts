/**
 * Sends events to whoever subscribed, signed as Standard Webhooks 1.0 says, until they are accepted; and, on purpose,
 * more often than that.
 */
import { createHmac, randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Settings } from './settings';

export interface Subscription {
  readonly url: string;
  /** whsec_…; without one its events are not signed. */
  readonly secret?: string;
}

/** What was sent, and how it was answered; 0 where there was no answer. */
export interface Sending {
  readonly eventId: string;
  readonly url: string;
  readonly body: string;
  readonly status: number;
}

/** Before the second try, the third, …; the last again and again. */
const PAUSES_MS = [100, 200, 500, 1_000, 2_000, 5_000];
const MAX_TRIES = 100;
const TRY_TIMEOUT_MS = 5_000;
const KEPT = 1_000;

export class WebhookSender {
  readonly subscriptions = new Map<string, Subscription>();
  readonly sendings: Sending[] = [];
  private readonly ending = new AbortController();

  constructor(private readonly settings: Settings) {}

  /** To everybody; nobody waits for it. Gives the id under which it is sent. */
  send(event: object): string {
    const eventId = `evt-${randomUUID()}`;
    for (const subscription of this.subscriptions.values())
      void this.deliver(subscription, eventId, JSON.stringify(event)).catch(() => undefined);
    return eventId;
  }

  end(): void {
    this.ending.abort();
  }

  private async deliver(subscription: Subscription, eventId: string, body: string): Promise<void> {
    let owed = 1 + this.settings.duplicates;
    for (let tries = 0; tries < MAX_TRIES && owed > 0; tries++) {
      const status = await this.try(subscription, eventId, body);
      this.sendings.push({ eventId, url: subscription.url, body, status });
      this.sendings.splice(0, this.sendings.length - KEPT);
      if (status >= 200 && status < 300) owed -= 1;
      else await delay(PAUSES_MS[Math.min(tries, PAUSES_MS.length - 1)], undefined, { signal: this.ending.signal });
    }
  }

  private async try({ url, secret }: Subscription, eventId: string, body: string): Promise<number> {
    try {
      const answer = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-event-id': eventId, ...signature(secret, eventId, body) },
        body,
        signal: AbortSignal.any([this.ending.signal, AbortSignal.timeout(TRY_TIMEOUT_MS)]),
      });
      await answer.arrayBuffer();
      return answer.status;
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
