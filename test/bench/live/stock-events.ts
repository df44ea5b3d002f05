/** Stock events for random products; every twentieth on average sells a product out or brings it back. */
import type { Connection, RowDataPacket } from 'mysql2/promise';
import { chanceFrom } from '../../support/chance';

export interface StockEvent {
  readonly eventId: string;
  readonly body: string;
}

/** Products with these ids and lower ones are changed by `change` alone. */
export const RESERVED_PRODUCTS = 500;

const SEED = 20;
const CROSSING_SHARE = 1 / 20;
const MAX_STOCK = 200;

export class StockEvents {
  private stocks = new Map<number, number>();
  private readonly random = chanceFrom(SEED);

  /** `version` is the version of the first event, and increases with each. */
  constructor(
    private readonly rows: number,
    private version: number,
  ) {}

  /** Reads the stocks of all products, which the following events change. */
  async readStocks(connection: Connection): Promise<void> {
    const [rows] = await connection.query<RowDataPacket[]>('SELECT id, stock FROM products');
    this.stocks = new Map(rows.map((row) => [Number(row['id']), Number(row['stock'])]));
  }

  /** Returns an event that changes the stock of a random product. */
  next(): StockEvent {
    const isCrossing = this.random() < CROSSING_SHARE;
    const id = this.pickProduct(isCrossing);
    const stock = this.stocks.get(id) ?? 0;
    const changed = isCrossing && stock > 0 ? 0 : this.positiveOtherThan(stock);
    this.stocks.set(id, changed);
    return this.change(id, changed);
  }

  /** `change(7, 3)` → the stock of product 7 is 3. */
  change(id: number, stock: number): StockEvent {
    this.version += 1;
    const externalId = `demo-${String(id).padStart(9, '0')}`;
    const body = { event: 'stock.updated', id: externalId, version: this.version, data: { stock } };
    return { eventId: `live-${this.version}`, body: JSON.stringify(body) };
  }

  /** A change from 0 always crosses, so other changes need a product in stock. */
  private pickProduct(isCrossing: boolean): number {
    for (;;) {
      const id = RESERVED_PRODUCTS + 1 + Math.floor(this.random() * (this.rows - RESERVED_PRODUCTS));
      if (isCrossing || this.stocks.get(id) !== 0) return id;
    }
  }

  private positiveOtherThan(stock: number): number {
    const candidate = 1 + Math.floor(this.random() * (MAX_STOCK - 1));
    return candidate === stock ? MAX_STOCK : candidate;
  }
}
