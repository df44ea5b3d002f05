/** Client of the partner's API. All methods throw PartnerErrors, AuthErrors, or the reason of the signal. */
import { Inject, Injectable } from '@nestjs/common';
import type { OutboundResponse } from '@platform/outbound';
import { PartnerCalls, type CallOptions, type PartnerCall } from './calls/partner-calls.service';
import { PARTNER_POLICY, type ConfiguredPolicy } from './partner-policy.provider';
import {
  readAvailability,
  readOrder,
  readProduct,
  readProductsPage,
  readSubscription,
  type PartnerAvailability,
  type PartnerOrder,
  type PartnerProduct,
  type ProductsPage,
  type ReadResponse,
  type Subscription,
} from './partner-responses';
import { PartnerErrors } from './partner.errors';

/** Start of a page of changes: a cursor, a time, or the first change if both are undefined. */
export interface PageStart {
  readonly cursor?: string | undefined;
  readonly sinceMs?: number | undefined;
  readonly limit: number;
}

interface NewSubscription extends Subscription {
  readonly secret?: string;
}

@Injectable()
export class PartnerClient {
  /** Deadline of availability queries, for which a person waits. */
  readonly availabilityDeadlineMs: number;
  /** Maximum number of products in a page. */
  readonly pageSize: number;
  /** If false, every call throws PARTNER_NOT_CONFIGURED. */
  readonly isConfigured: boolean;

  constructor(
    private readonly calls: PartnerCalls,
    @Inject(PARTNER_POLICY) { availabilityDeadlineMs, pageSize, apiUrl }: ConfiguredPolicy,
  ) {
    this.availabilityDeadlineMs = availabilityDeadlineMs;
    this.pageSize = pageSize;
    this.isConfigured = apiUrl !== undefined;
  }

  /** Returns products in the order of their changes. Throws PARTNER_CURSOR_UNKNOWN if the cursor has expired. */
  async listProducts({ cursor, sinceMs, limit }: PageStart, options: CallOptions): Promise<ProductsPage> {
    const query = new URLSearchParams({ limit: String(limit) });
    if (cursor !== undefined) query.set('cursor', cursor);
    else if (sinceMs !== undefined) query.set('since', new Date(sinceMs).toISOString());
    const response = await this.calls.send(get('products', `/products?${query.toString()}`), options);
    if (cursor !== undefined && response.status === 410) throw PartnerErrors.PARTNER_CURSOR_UNKNOWN.create();
    return read(response, readProductsPage);
  }

  async findProduct(id: string, options: CallOptions): Promise<PartnerProduct | undefined> {
    const result = await this.find('product', ['products', id], readProduct, options);
    return result && assertSameId(id, result.id, result);
  }

  async findAvailability(productId: string, options: CallOptions): Promise<PartnerAvailability | undefined> {
    const result = await this.find('availability', ['products', productId, 'availability'], readAvailability, options);
    return result && assertSameId(productId, result.productId, result);
  }

  async findOrder(id: string, options: CallOptions): Promise<PartnerOrder | undefined> {
    const result = await this.find('order', ['orders', id], readOrder, options);
    return result && assertSameId(id, result.id, result);
  }

  findSubscription(id: string, options: CallOptions): Promise<Subscription | undefined> {
    return this.find('subscription', ['subscriptions', id], readSubscription, options);
  }

  /** API B: subscribes the URL to events. Idempotent. Returns the subscription as the partner stores it. */
  async putSubscription(id: string, body: NewSubscription, options: CallOptions): Promise<Subscription> {
    const call = { operation: 'subscription', method: 'PUT', path: toPath(['subscriptions', id]), body } as const;
    return read(await this.calls.send(call, options), readSubscription);
  }

  /** Returns undefined if the partner responds with 404 or 410. */
  private async find<T>(
    operation: PartnerCall['operation'],
    path: readonly string[],
    readResponse: ReadResponse<T>,
    options: CallOptions,
  ): Promise<T | undefined> {
    if (path.some((part) => part === '.' || part === '..')) return undefined; // URL normalisation would change the path
    const response = await this.calls.send(get(operation, toPath(path)), options);
    return response.status === 404 || response.status === 410 ? undefined : read(response, readResponse);
  }
}

function get(operation: PartnerCall['operation'], path: string): PartnerCall {
  return { operation, method: 'GET', path };
}

/** Throws PARTNER_ANSWER_INVALID if the response contains another id than the requested one. */
function assertSameId<T>(requestedId: string, returnedId: string, result: T): T {
  if (requestedId === returnedId) return result;
  throw PartnerErrors.PARTNER_ANSWER_INVALID.create('it contains another id than the requested one');
}

function toPath(parts: readonly string[]): string {
  return parts.map((part) => `/${encodeURIComponent(part)}`).join('');
}

function read<T>({ status, body }: OutboundResponse, readResponse: ReadResponse<T>): T {
  if (status < 200 || status > 299) throw PartnerErrors.PARTNER_ANSWER_INVALID.create(`status ${status}`);
  try {
    return readResponse(body);
  } catch (error) {
    throw PartnerErrors.PARTNER_ANSWER_INVALID.create(error instanceof Error ? error.message : String(error));
  }
}
