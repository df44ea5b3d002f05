/** API A, one method an operation. All throw PartnerErrors and AuthErrors, and what the caller's signal says. */
import { Injectable } from '@nestjs/common';
import { AppConfig } from '@platform/config';
import type { OutboundResponse } from '@platform/outbound';
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
import { PartnerCalls, type CallOptions, type PartnerCall } from './partner-calls.service';
import { PartnerErrors } from './partner.errors';
import { partnerPolicyFor } from './partner.policy';

/** Where a page of changes begins: with one that came before, with a time, or with the first there is. */
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
  /** How long somebody waits who looks at a screen. */
  readonly availabilityDeadlineMs: number;
  /** Products that are asked for at once. */
  readonly pageSize: number;

  constructor(
    private readonly config: AppConfig,
    private readonly calls: PartnerCalls,
  ) {
    const { availabilityDeadlineMs, pageSize } = partnerPolicyFor(config.partner?.numbers ?? {});
    this.availabilityDeadlineMs = availabilityDeadlineMs;
    this.pageSize = pageSize;
  }

  /** Without a partner every call throws PARTNER_NOT_CONFIGURED. */
  get isConfigured(): boolean {
    return this.config.partner !== undefined;
  }

  /** Products in the order of their changes. Throws PARTNER_CURSOR_UNKNOWN where the cursor leads nowhere any more. */
  async listProducts({ cursor, sinceMs, limit }: PageStart, options: CallOptions): Promise<ProductsPage> {
    const query = new URLSearchParams({ limit: String(limit) });
    if (cursor !== undefined) query.set('cursor', cursor);
    else if (sinceMs !== undefined) query.set('since', new Date(sinceMs).toISOString());
    const answer = await this.calls.send(get('products', `/products?${query.toString()}`), options);
    if (cursor !== undefined && answer.status === 410) throw PartnerErrors.PARTNER_CURSOR_UNKNOWN.create();
    return read(answer, readProductsPage);
  }

  async findProduct(id: string, options: CallOptions): Promise<PartnerProduct | undefined> {
    const found = await this.find('product', ['products', id], readProduct, options);
    return found && assertSameId(id, found.id, found);
  }

  async findAvailability(productId: string, options: CallOptions): Promise<PartnerAvailability | undefined> {
    const found = await this.find('availability', ['products', productId, 'availability'], readAvailability, options);
    return found && assertSameId(productId, found.productId, found);
  }

  async findOrder(id: string, options: CallOptions): Promise<PartnerOrder | undefined> {
    const found = await this.find('order', ['orders', id], readOrder, options);
    return found && assertSameId(id, found.id, found);
  }

  findSubscription(id: string, options: CallOptions): Promise<Subscription | undefined> {
    return this.find('subscription', ['subscriptions', id], readSubscription, options);
  }

  /** API B: events go to the address from now on. Doing it again changes nothing. Gives it as the partner writes it. */
  async putSubscription(id: string, body: NewSubscription, options: CallOptions): Promise<Subscription> {
    const call = { operation: 'subscription', method: 'PUT', path: toPath(['subscriptions', id]), body } as const;
    return read(await this.calls.send(call, options), readSubscription);
  }

  /** Undefined where the partner knows nothing of that id. */
  private async find<T>(
    operation: PartnerCall['operation'],
    path: readonly string[],
    readAnswer: ReadResponse<T>,
    options: CallOptions,
  ): Promise<T | undefined> {
    if (path.some((part) => part === '.' || part === '..')) return undefined; // another address than it seems
    const answer = await this.calls.send(get(operation, toPath(path)), options);
    return answer.status === 404 || answer.status === 410 ? undefined : read(answer, readAnswer);
  }
}

function get(operation: PartnerCall['operation'], path: string): PartnerCall {
  return { operation, method: 'GET', path };
}

/** An answer to another question is none. */
function assertSameId<T>(askedFor: string, answered: string, found: T): T {
  if (askedFor === answered) return found;
  throw PartnerErrors.PARTNER_ANSWER_INVALID.create('it is about something else');
}

function toPath(parts: readonly string[]): string {
  return parts.map((part) => `/${encodeURIComponent(part)}`).join('');
}

function read<T>({ status, body }: OutboundResponse, readAnswer: ReadResponse<T>): T {
  if (status < 200 || status > 299) throw PartnerErrors.PARTNER_ANSWER_INVALID.create(`status ${status}`);
  try {
    return readAnswer(body);
  } catch (error) {
    throw PartnerErrors.PARTNER_ANSWER_INVALID.create(error instanceof Error ? error.message : String(error));
  }
}
