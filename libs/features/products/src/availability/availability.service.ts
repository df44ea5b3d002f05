/**
 * How many there are of a product: asked of the partner, who knows; where it cannot say in time, what is known here,
 * with its age. A product that is there is never answered with an error because the partner is away.
 */
import { Injectable, Logger } from '@nestjs/common';
import { PartnerClient, partnerPolicyFor } from '@integrations/partner';
import { AppConfig } from '@platform/config';
import { CatalogueErrors } from '../catalogue.errors';
import { ProductRepository, type StoredStock } from '../product.repository';
import type { AvailabilityResponse } from './availability.response';
import { KnownStocks, type KnownStock } from './known-stock.repository';

@Injectable()
export class AvailabilityService {
  private readonly logger = new Logger('Availability');

  constructor(
    private readonly config: AppConfig,
    private readonly products: ProductRepository,
    private readonly partner: PartnerClient,
    private readonly known: KnownStocks,
  ) {}

  /** The signal ends the question to the partner. Throws PRODUCT_NOT_FOUND; CATALOGUE_UNAVAILABLE where nothing is known. */
  async get(id: number, requestId: string, signal: AbortSignal): Promise<AvailabilityResponse> {
    const inCatalogue = await this.products.findStock(id).catch((error: unknown) => ({ error }));
    if (inCatalogue === undefined) throw CatalogueErrors.PRODUCT_NOT_FOUND.create(id);
    const last = await this.known.find(id);
    if ('error' in inCatalogue && last === undefined) throw inCatalogue.error;
    const stored = 'error' in inCatalogue ? undefined : inCatalogue;
    const externalId = stored?.externalId ?? last?.externalId ?? '';
    const live = await this.ask(externalId, requestId, signal);
    if (live === undefined) return toResponse(id, newest(stored, last));
    this.known.remember(id, live);
    return toResponse(id, { ...live, source: 'live' });
  }

  /** Undefined where the partner cannot say. */
  private async ask(externalId: string, requestId: string, signal: AbortSignal): Promise<KnownStock | undefined> {
    const { partner } = this.config;
    if (partner === undefined) return undefined;
    const { availabilityDeadlineMs: deadlineMs } = partnerPolicyFor(partner.numbers);
    try {
      const answer = await this.partner.findAvailability(externalId, { signal, deadlineMs, requestId });
      return answer && { externalId, stock: answer.stock, asOfMs: Date.parse(answer.asOf) };
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      if (!signal.aborted) this.logger.debug({ requestId, reason, msg: 'the partner did not say how many there are' });
      return undefined;
    }
  }
}

type Figure = Pick<KnownStock, 'stock' | 'asOfMs'> & Pick<AvailabilityResponse, 'source'>;

/** An event may have told the catalogue since the partner was asked. */
function newest(stored: StoredStock | undefined, last: KnownStock | undefined): Figure {
  if (last !== undefined && last.asOfMs >= (stored?.updatedAtMs ?? -1)) return { ...last, source: 'cached' };
  if (stored === undefined) throw CatalogueErrors.CATALOGUE_UNAVAILABLE.create();
  return { stock: stored.stock, asOfMs: stored.updatedAtMs, source: 'catalogue' };
}

function toResponse(productId: number, { stock, source, asOfMs }: Figure): AvailabilityResponse {
  return { productId, stock, source, asOf: new Date(asOfMs).toISOString() };
}
