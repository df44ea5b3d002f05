/**
 * How many there are of a product: asked of the partner, who knows; where it cannot say in time, what is known here,
 * with its age. A product that is there is never answered with an error because the partner is away.
 */
import { Injectable, Logger } from '@nestjs/common';
import { PartnerClient } from '@integrations/partner';
import { Clock } from '@platform/resilience';
import { CatalogueErrors } from '../catalogue.errors';
import { ProductRepository, type StoredStock } from '../product.repository';
import type { AvailabilityResponse } from './availability.response';
import { LastKnownStocks, type LastKnownStock } from './last-known-stock.repository';

@Injectable()
export class AvailabilityService {
  private readonly logger = new Logger('Availability');

  constructor(
    private readonly products: ProductRepository,
    private readonly partner: PartnerClient,
    private readonly known: LastKnownStocks,
    private readonly clock: Clock,
  ) {}

  /** The signal ends the question to the partner. Throws PRODUCT_NOT_FOUND; CATALOGUE_UNAVAILABLE where nothing is known. */
  async get(id: number, requestId: string, signal: AbortSignal): Promise<AvailabilityResponse> {
    const read = await this.products.findStock(id).catch((error: unknown) => ({ error }));
    if (read === undefined) throw CatalogueErrors.PRODUCT_NOT_FOUND.create(id);
    const stored = 'error' in read ? undefined : read;
    const last = await this.known.find(id);
    const externalId = stored?.externalId ?? last?.externalId;
    if ('error' in read && externalId === undefined) throw read.error;
    const live = externalId === undefined ? undefined : await this.ask(externalId, requestId, signal);
    if (live === undefined) return toResponse(id, newest(stored, last));
    this.known.remember(id, live);
    return toResponse(id, { ...live, source: 'live' });
  }

  /** Undefined where the partner cannot say. */
  private async ask(externalId: string, requestId: string, signal: AbortSignal): Promise<LastKnownStock | undefined> {
    if (!this.partner.isConfigured) return undefined;
    const deadlineMs = this.partner.availabilityDeadlineMs;
    try {
      const answer = await this.partner.findAvailability(externalId, { signal, deadlineMs, requestId });
      if (answer === undefined) return undefined;
      const asOfMs = Math.min(Date.parse(answer.asOf), this.clock.nowMs()); // what is to come, nobody knows
      return { externalId, stock: answer.stock, version: answer.version, asOfMs };
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      if (!signal.aborted) this.logger.debug({ requestId, reason, msg: 'the partner did not say how many there are' });
      return undefined;
    }
  }
}

type Figure = Pick<LastKnownStock, 'stock' | 'asOfMs'> & Pick<AvailabilityResponse, 'source'>;

/** An event may have told the catalogue since the partner was asked. */
function newest(stored: StoredStock | undefined, last: LastKnownStock | undefined): Figure {
  if (last !== undefined && (stored === undefined || isPartnerNewer(last, stored)))
    return { ...last, source: 'cached' };
  if (stored === undefined) throw CatalogueErrors.CATALOGUE_UNAVAILABLE.create();
  return { stock: stored.stock, asOfMs: stored.updatedAtMs, source: 'catalogue' };
}

/** By the versions of the source; by time, where the catalogue heard of none. */
function isPartnerNewer(last: LastKnownStock, { version, updatedAtMs }: StoredStock): boolean {
  return version === null || version < 0 ? last.asOfMs >= updatedAtMs : last.version >= version;
}

function toResponse(productId: number, { stock, source, asOfMs }: Figure): AvailabilityResponse {
  return { productId, stock, source, asOf: new Date(asOfMs).toISOString() };
}
