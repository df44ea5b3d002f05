/**
 * Fetches the resource of an event from the partner. The event id is the idempotency key, so the partner recognises
 * retries. A lookup fails, and is retried later, while the partner does not have the resource or its version.
 */
import type { PartnerClient, PartnerOrder, PartnerProduct, PartnerStock } from '@integrations/partner';
import { PermanentFailure, type InboxEvent } from '@platform/inbox';
import { readPayload } from './event-payload';

export class EventLookups {
  constructor(private readonly partner: PartnerClient) {}

  async getProduct(event: InboxEvent, signal: AbortSignal): Promise<PartnerProduct> {
    const { id } = readPayload(event);
    return requireCurrent(event, await this.partner.findProduct(id, this.optionsOf(event, signal)));
  }

  async getStock(event: InboxEvent, signal: AbortSignal): Promise<PartnerStock> {
    const { id } = readPayload(event);
    return requireCurrent(event, await this.partner.findAvailability(id, this.optionsOf(event, signal)));
  }

  async getOrder(event: InboxEvent, signal: AbortSignal): Promise<PartnerOrder> {
    const { id } = readPayload(event);
    return requireFound(event, await this.partner.findOrder(id, this.optionsOf(event, signal)));
  }

  /** Returns the products that the partner has, in the order of `ids`. */
  async findProducts(event: InboxEvent, ids: readonly string[], signal: AbortSignal): Promise<PartnerProduct[]> {
    const products: PartnerProduct[] = [];
    for (const id of ids) {
      const product = await this.partner.findProduct(id, this.optionsOf(event, signal));
      if (product !== undefined) products.push(product);
    }
    return products;
  }

  private optionsOf({ eventId, requestId }: InboxEvent, signal: AbortSignal) {
    if (!this.partner.isConfigured)
      throw new PermanentFailure('no partner is configured (OAUTH_URL); configure one and replay the event');
    return { signal, idempotencyKey: eventId, requestId };
  }
}

function requireFound<T>(event: InboxEvent, resource: T | undefined): T {
  if (resource === undefined) throw new Error(`the partner does not have ${readPayload(event).id} yet`);
  return resource;
}

/** Throws if the version is older than that of the event, as from a server of the partner that lags. */
function requireCurrent<T extends { readonly version: number }>(event: InboxEvent, response: T | undefined): T {
  const resource = requireFound(event, response);
  const { id, version } = readPayload(event);
  if (version !== undefined && resource.version < version)
    throw new Error(`the partner returned version ${resource.version} of ${id}; the event has version ${version}`);
  return resource;
}
