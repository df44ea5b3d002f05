/**
 * Reads the stock of a product from the partner. If the partner does not respond in time, the service returns the last
 * known stock with its time. An unavailable partner never causes an error for a product that exists.
 */
import { CatalogueErrors, ProductRepository, type StoredStock } from '@catalogue';
import { PartnerClient } from '@integrations/partner';
import { Injectable, Logger } from '@nestjs/common';
import { Clock } from '@platform/resilience';
import type { AvailabilityResponse } from './availability.response';
import { LastKnownStocks, type LastKnownStock } from './last-known-stock.repository';

@Injectable()
export class AvailabilityService {
  private readonly logger = new Logger('Availability');

  constructor(
    private readonly products: ProductRepository,
    private readonly partner: PartnerClient,
    private readonly lastKnown: LastKnownStocks,
    private readonly clock: Clock,
  ) {}

  /**
   * The signal aborts the request to the partner. Throws PRODUCT_NOT_FOUND, and CATALOGUE_UNAVAILABLE if no stock is
   * known.
   */
  async get(id: number, requestId: string, signal: AbortSignal): Promise<AvailabilityResponse> {
    const result = await this.products.findStock(id).catch((error: unknown) => ({ error }));
    if (result === undefined) throw CatalogueErrors.PRODUCT_NOT_FOUND.create(id);
    const stored = 'error' in result ? undefined : result;
    const last = await this.lastKnown.find(id);
    const externalId = stored?.externalId ?? last?.externalId;
    if ('error' in result && externalId === undefined) throw result.error;
    const live = externalId === undefined ? undefined : await this.fetchLive(externalId, requestId, signal);
    if (live === undefined) return toResponse(id, newest(stored, last));
    this.lastKnown.store(id, live);
    return toResponse(id, { ...live, source: 'live' });
  }

  /** Returns undefined if the partner is not configured, fails or has no such product. */
  private async fetchLive(
    externalId: string,
    requestId: string,
    signal: AbortSignal,
  ): Promise<LastKnownStock | undefined> {
    if (!this.partner.isConfigured) return undefined;
    const deadlineMs = this.partner.availabilityDeadlineMs;
    try {
      const response = await this.partner.findAvailability(externalId, { signal, deadlineMs, requestId });
      if (response === undefined) return undefined;
      const asOfMs = Math.min(Date.parse(response.asOf), this.clock.nowMs()); // the clock of the partner may be ahead
      return { externalId, stock: response.stock, version: response.version, asOfMs };
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      if (!signal.aborted) this.logger.debug({ requestId, reason, msg: 'the partner did not return the stock' });
      return undefined;
    }
  }
}

type StockLevel = Pick<LastKnownStock, 'stock' | 'asOfMs'> & Pick<AvailabilityResponse, 'source'>;

/** Returns the newer stock: an event may have updated the catalogue since the last response of the partner. */
function newest(stored: StoredStock | undefined, last: LastKnownStock | undefined): StockLevel {
  if (last !== undefined && (stored === undefined || isPartnerNewer(last, stored)))
    return { ...last, source: 'cached' };
  if (stored === undefined) throw CatalogueErrors.CATALOGUE_UNAVAILABLE.create();
  return { stock: stored.stock, asOfMs: stored.updatedAtMs, source: 'catalogue' };
}

/** Compares the versions of the source, or the times if the catalogue has received no version. */
function isPartnerNewer(last: LastKnownStock, { version, updatedAtMs }: StoredStock): boolean {
  return version === null || version < 0 ? last.asOfMs >= updatedAtMs : last.version >= version;
}

function toResponse(productId: number, { stock, source, asOfMs }: StockLevel): AvailabilityResponse {
  return { productId, stock, source, asOf: new Date(asOfMs).toISOString() };
}
