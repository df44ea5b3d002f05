/** Model of the catalogue in memory: a sequence of states, in which each change leads from one state to the next. */
import type { ProductDraft } from '@catalogue';

export interface ModelProducer {
  readonly id: number;
  readonly latitude: number | null;
  readonly longitude: number | null;
}

/** An immutable state of the catalogue. */
export interface CatalogueState {
  readonly products: ReadonlyMap<number, ProductDraft>;
  /** By name. Producers remain without products. */
  readonly producers: ReadonlyMap<string, ModelProducer>;
}

export interface Change {
  /** Type of the webhook event. */
  readonly type: string;
  readonly externalId: string;
  readonly before: ProductDraft | undefined;
  readonly after: ProductDraft | undefined;
  /** Before the event was sent for the first time, on the monotonic clock. */
  readonly sentAtMs: number;
  /** After the event was read as applied from the database. */
  readonly doneAtMs: number;
}

/** Time after which no response may lack a change. */
export const MAX_STALENESS_MS = 1_000;

export class CatalogueHistory {
  private readonly states: CatalogueState[];
  private readonly changes: Change[] = [];

  constructor(initial: CatalogueState) {
    this.states = [initial];
  }

  get latest(): CatalogueState {
    return this.states.at(-1)!;
  }

  get length(): number {
    return this.changes.length;
  }

  /** Appends the state to which the change leads. Changes are sent one after another. */
  append(change: Change, after: CatalogueState): void {
    this.changes.push(change);
    this.states.push(after);
  }

  state(at: number): CatalogueState {
    return this.states[at]!;
  }

  /** Returns the change that leads from state `at` to the next one. */
  change(at: number): Change {
    return this.changes[at]!;
  }

  /**
   * Returns the first and the last state that a response may show, if its request was sent and received at these times.
   * `{ sentAtMs: 5_000, receivedAtMs: 5_020 }` → from the last change done by 4,000 to the last change sent by 5,020.
   */
  legalStates(sentAtMs: number, receivedAtMs: number): { first: number; last: number } {
    const doneTooLate = this.changes.findIndex(({ doneAtMs }) => doneAtMs > sentAtMs - MAX_STALENESS_MS);
    const sentTooLate = this.changes.findIndex((change) => change.sentAtMs > receivedAtMs);
    const all = this.changes.length;
    return { first: doneTooLate === -1 ? all : doneTooLate, last: sentTooLate === -1 ? all : sentTooLate };
  }
}

/**
 * Stores a product. Its producer moves, with all of its products, to the position of the draft. A draft without a
 * position keeps the stored position of its producer.
 */
export function withProduct(state: CatalogueState, id: number, draft: ProductDraft): CatalogueState {
  const { name } = draft.producer;
  const stored = state.producers.get(name);
  if (stored === undefined) throw new Error(`the producer ${name} is not in the model`);
  const { latitude, longitude } = draft.producer.latitude === null ? stored : draft.producer;
  if (latitude === stored.latitude && longitude === stored.longitude)
    return { ...state, products: new Map(state.products).set(id, placed(draft, stored)) };
  const producer = { ...stored, latitude, longitude };
  const products = new Map(state.products).set(id, draft);
  for (const [each, product] of products)
    if (product.producer.name === name) products.set(each, placed(product, producer));
  return { products, producers: new Map(state.producers).set(name, producer) };
}

export function withoutProduct(state: CatalogueState, id: number): CatalogueState {
  const products = new Map(state.products);
  products.delete(id);
  return { ...state, products };
}

function placed(draft: ProductDraft, { latitude, longitude }: ModelProducer): ProductDraft {
  return { ...draft, producer: { ...draft.producer, latitude, longitude } };
}
