/**
 * What the partner knows: the products of the demo catalogue, and orders of them. Product n is demo product n, so that
 * a catalogue filled with the demo agrees with it. Whatever changes gets a number in a sequence, by which a reader goes
 * on where it was; and a version, which is the time, so that a world that begins anew does not fall back behind what
 * was heard of the last one.
 */
import { randomUUID } from 'node:crypto';
import { demoExternalId, demoProduct, MAX_STOCK } from '@features/products';

export interface PartnerProduct {
  readonly id: string;
  /** Counts up with each change. */
  readonly version: number;
  readonly name: string;
  readonly description: string;
  readonly category: string;
  /** Major units. */
  readonly price: number;
  readonly currency: string;
  readonly unit: string;
  readonly stock: number;
  readonly producer: { name: string; place: string; latitude: number | null; longitude: number | null };
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** All that is told of one that is gone. */
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

/** Orders 1 to this are there from the beginning. */
const FIRST_ORDERS = 1_000;
const RESTOCKED = 25;
const OTHER_LINE = 7;

export class World {
  /** Tells cursors of this world from those of an earlier one. */
  readonly id = randomUUID().slice(0, 8);
  private readonly changes = new Map<string, Change>();
  private readonly log: Change[] = [];
  private readonly orders = new Map<string, Order>();
  private lastVersion = 1;
  private nextOrder = FIRST_ORDERS + 1;

  constructor(readonly productCount: number) {}

  findProduct(id: string): PartnerProduct | DeletedProduct | undefined {
    return this.changes.get(id)?.product ?? this.atFirst(numberIn(id));
  }

  /** In the order of their changes, after that one. */
  *changesAfter(sequence: number, sinceMs = 0): Generator<Change> {
    for (let n = sequence + 1; n <= this.productCount; n++) {
      const product = this.atFirst(n);
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

  /** Creates or changes it. */
  put(id: string, fields: Partial<PartnerProduct>): PartnerProduct {
    const before = this.findProduct(id);
    const known = before === undefined || 'deleted' in before ? newProduct(id) : before;
    return this.note({ ...known, ...fields, id });
  }

  remove(id: string): DeletedProduct | undefined {
    return this.findProduct(id) && this.note<DeletedProduct>({ id, deleted: true, version: 0, updatedAt: '' });
  }

  /**
   * An order that was there from the beginning is confirmed when it is first asked for, and takes its products out of
   * stock then: so an event about it that is made by hand has something to tell, as often as the sandbox is started.
   */
  findOrder(id: string): Order | undefined {
    const known = this.orders.get(id) ?? firstOrder(id, this.productCount);
    return known?.status === 'placed' ? this.confirm(known) : known;
  }

  place(lines: readonly OrderLine[]): Order {
    return this.confirm({ id: String(this.nextOrder++), status: 'placed', lines });
  }

  private confirm(placed: Order): Order {
    for (const { productId, quantity } of placed.lines) {
      const product = this.findProduct(productId);
      if (product === undefined || 'deleted' in product) continue;
      const stock = product.stock >= quantity ? product.stock - quantity : product.stock + RESTOCKED;
      this.put(productId, { stock: Math.min(stock, MAX_STOCK) });
    }
    const order: Order = { ...placed, status: 'confirmed' };
    this.orders.set(order.id, order);
    return order;
  }

  private note<P extends PartnerProduct | DeletedProduct>(product: P): P {
    this.lastVersion = Math.max(this.lastVersion + 1, Date.now());
    const noted = { ...product, version: this.lastVersion, updatedAt: new Date(this.lastVersion).toISOString() };
    const change = { sequence: this.lastSequence + 1, product: noted };
    this.changes.set(product.id, change);
    this.log.push(change);
    return noted;
  }

  private atFirst(n: number): PartnerProduct | undefined {
    if (!(n >= 1 && n <= this.productCount)) return undefined;
    return toProduct(n);
  }
}

function toProduct(n: number): PartnerProduct {
  const { externalId, priceMinor, createdAtMs, ...draft } = demoProduct(n);
  const createdAt = new Date(createdAtMs ?? 0).toISOString();
  return { ...draft, id: externalId, version: 1, price: priceMinor / 100, createdAt, updatedAt: createdAt };
}

/** With what is not said of it taken from the first there is. */
function newProduct(id: string): PartnerProduct {
  return { ...toProduct(1), id, name: id, price: 10, stock: 0, createdAt: new Date().toISOString() };
}

/** Order n is of product n, and of one that is a few further. */
function firstOrder(id: string, productCount: number): Order | undefined {
  const n = /^[1-9]\d*$/.test(id) ? Number(id) : NaN;
  if (!(n <= Math.min(FIRST_ORDERS, productCount))) return undefined;
  const line = (product: number, quantity: number) => ({ productId: demoExternalId(product), quantity });
  const other = ((n + OTHER_LINE - 1) % productCount) + 1;
  const lines = [line(n, 1 + (n % 5)), ...(other === n ? [] : [line(other, 1 + (n % 3))])];
  return { id, status: 'placed', lines };
}

function numberIn(id: string): number {
  const n = Number(/^demo-(\d{9,12})$/.exec(id)?.[1]);
  return demoExternalId(n) === id ? n : NaN;
}
