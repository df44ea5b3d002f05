/**
 * Asks the partner what an event is about, under the id of the event, so that asking twice is known to be one question.
 * What the partner does not know yet is asked for again later.
 */
import { PermanentFailure, type WebhookEvent } from '@features/webhook';
import type { PartnerClient, PartnerOrder, PartnerProduct, PartnerStock } from '@integrations/partner';
import { readPayload } from './event-payload';

export class EventLookups {
  constructor(private readonly partner: PartnerClient) {}

  async getProduct(event: WebhookEvent, signal: AbortSignal): Promise<PartnerProduct> {
    const { id } = readPayload(event);
    return upToDate(event, await this.partner.findProduct(id, this.optionsOf(event, signal)));
  }

  async getStock(event: WebhookEvent, signal: AbortSignal): Promise<PartnerStock> {
    const { id } = readPayload(event);
    return upToDate(event, await this.partner.findAvailability(id, this.optionsOf(event, signal)));
  }

  async getOrder(event: WebhookEvent, signal: AbortSignal): Promise<PartnerOrder> {
    const { id } = readPayload(event);
    return known(event, await this.partner.findOrder(id, this.optionsOf(event, signal)));
  }

  /** Those that the partner has, in the order asked for. */
  async findProducts(event: WebhookEvent, ids: readonly string[], signal: AbortSignal): Promise<PartnerProduct[]> {
    const found: PartnerProduct[] = [];
    for (const id of ids) {
      const product = await this.partner.findProduct(id, this.optionsOf(event, signal));
      if (product !== undefined) found.push(product);
    }
    return found;
  }

  private optionsOf({ eventId, requestId }: WebhookEvent, signal: AbortSignal) {
    if (!this.partner.isConfigured)
      throw new PermanentFailure('there is no partner to ask (OAUTH_URL); replay the event when there is one');
    return { signal, idempotencyKey: eventId, requestId };
  }
}

function known<T>(event: WebhookEvent, found: T | undefined): T {
  if (found === undefined) throw new Error(`the partner knows nothing of ${readPayload(event).id}, or not yet`);
  return found;
}

/** A partner of many machines may answer with what was before the event. */
function upToDate<T extends { readonly version: number }>(event: WebhookEvent, answer: T | undefined): T {
  const found = known(event, answer);
  const { id, version } = readPayload(event);
  if (version !== undefined && found.version < version)
    throw new Error(`the partner has version ${found.version} of ${id}, and the event is of ${version}`);
  return found;
}
