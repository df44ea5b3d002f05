/**
 * State of the simulated partner: demo products and orders of them. Product n is demo product n, which matches a
 * catalogue filled with the demo. Each change gets a sequence number, from which readers resume, and a version. The
 * version is a timestamp, so that changes after a restart have newer versions than those of the previous run.
 */
import { randomUUID } from 'node:crypto';
import { demoExternalId, demoProduct } from '@demo';

/** Maximum stock of a product, in its unit. */
const MAX_STOCK = 999_999_999;

export interface PartnerProduct {
  readonly id: string;
  /** Increases with each change. */
  readonly version: number;
  readonly name: string;
  readonly description: string;
  readonly category: string;
  /** In major units. */
  readonly price: number;
  readonly currency: string;
  readonly unit: string;
  readonly stock: number;
  readonly producer: { name: string; place: string; latitude: number | null; longitude: number | null };
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** Tombstone of a deleted product. */
export interface DeletedProduct {
  readonly id: string;
  readonly version: number;
  readonly deleted: true;
  readonly updatedAt: string;
}

export interface Order {
  readonly id: string;
  readonly status: 'placed' | 'confirmed';
  readonly lines: readonly OrderLine[];
}

export interface OrderLine {
  readonly productId: string;
  readonly quantity: number;
}

interface Change {
  readonly sequence: number;
  readonly product: PartnerProduct | DeletedProduct;
}

/** Orders 1 to this number exist at the start. */
const INITIAL_ORDERS = 1_000;
const RESTOCK_QUANTITY = 25;
const SECOND_LINE_DISTANCE = 7;

export class PartnerState {
  /** Distinguishes cursors of this run from those of an earlier one. */
  readonly id = randomUUID().slice(0, 8);
  private readonly changes = new Map<string, Change>();
  private readonly log: Change[] = [];
  private readonly orders = new Map<string, Order>();
  private lastVersion = 1;
  private nextOrder = INITIAL_ORDERS + 1;

  constructor(readonly productCount: number) {}

  findProduct(id: string): PartnerProduct | DeletedProduct | undefined {
    return this.changes.get(id)?.product ?? this.initialProduct(demoNumberOf(id));
  }

  /** Yields changes after this one, in their order, except those before `sinceMs`. */
  *changesAfter(sequence: number, sinceMs = 0): Generator<Change> {
    for (let n = sequence + 1; n <= this.productCount; n++) {
      const product = this.initialProduct(n);
      const isCurrent = product !== undefined && !this.changes.has(product.id);
      if (isCurrent && Date.parse(product.updatedAt) >= sinceMs) yield { sequence: n, product };
    }
    for (const change of this.log.slice(Math.max(0, sequence - this.productCount)))
      if (this.changes.get(change.product.id) === change && Date.parse(change.product.updatedAt) >= sinceMs)
        yield change;
  }

  get lastSequence(): number {
    return this.productCount + this.log.length;
  }

  /** Creates or updates a product. */
  put(id: string, fields: Partial<PartnerProduct>): PartnerProduct {
    const before = this.findProduct(id);
    const current = before === undefined || 'deleted' in before ? newProduct(id) : before;
    return this.record({ ...current, ...fields, id });
  }

  remove(id: string): DeletedProduct | undefined {
    return this.findProduct(id) && this.record<DeletedProduct>({ id, deleted: true, version: 0, updatedAt: '' });
  }

  /**
   * An initial order is confirmed when it is first requested, and then changes the stock of its products. So a manual
   * event for the order has an effect after each start of the sandbox.
   */
  findOrder(id: string): Order | undefined {
    const current = this.orders.get(id) ?? initialOrder(id, this.productCount);
    return current?.status === 'placed' ? this.confirm(current) : current;
  }

  place(lines: readonly OrderLine[]): Order {
    return this.confirm({ id: String(this.nextOrder++), status: 'placed', lines });
  }

  private confirm(placed: Order): Order {
    for (const { productId, quantity } of placed.lines) {
      const product = this.findProduct(productId);
      if (product === undefined || 'deleted' in product) continue;
      const stock = product.stock >= quantity ? product.stock - quantity : product.stock + RESTOCK_QUANTITY;
      this.put(productId, { stock: Math.min(stock, MAX_STOCK) });
    }
    const order: Order = { ...placed, status: 'confirmed' };
    this.orders.set(order.id, order);
    return order;
  }

  private record<P extends PartnerProduct | DeletedProduct>(product: P): P {
    this.lastVersion = Math.max(this.lastVersion + 1, Date.now());
    const updated = { ...product, version: this.lastVersion, updatedAt: new Date(this.lastVersion).toISOString() };
    const change = { sequence: this.lastSequence + 1, product: updated };
    this.changes.set(product.id, change);
    this.log.push(change);
    return updated;
  }

  private initialProduct(n: number): PartnerProduct | undefined {
    if (!(n >= 1 && n <= this.productCount)) return undefined;
    return toProduct(n);
  }
}

function toProduct(n: number): PartnerProduct {
  const { externalId, priceMinor, createdAtMs, ...draft } = demoProduct(n);
  const createdAt = new Date(createdAtMs).toISOString();
  return { ...draft, id: externalId, version: 1, price: priceMinor / 100, createdAt, updatedAt: createdAt };
}

/** Takes all other fields from product 1. */
function newProduct(id: string): PartnerProduct {
  return { ...toProduct(1), id, name: id, price: 10, stock: 0, createdAt: new Date().toISOString() };
}

/** Returns order n, which contains product n and product n + 7; undefined if it does not exist. */
function initialOrder(id: string, productCount: number): Order | undefined {
  const n = /^[1-9]\d*$/.test(id) ? Number(id) : NaN;
  if (!(n <= Math.min(INITIAL_ORDERS, productCount))) return undefined;
  const line = (product: number, quantity: number) => ({ productId: demoExternalId(product), quantity });
  const other = ((n + SECOND_LINE_DISTANCE - 1) % productCount) + 1;
  const lines = [line(n, 1 + (n % 5)), ...(other === n ? [] : [line(other, 1 + (n % 3))])];
  return { id, status: 'placed', lines };
}

function demoNumberOf(id: string): number {
  const n = Number(/^demo-(\d{9,12})$/.exec(id)?.[1]);
  return demoExternalId(n) === id ? n : NaN;
}
