/** What each event does: the one place where the webhook meets the catalogue, and the partner who knows the rest. */
import {
  ProductChanges,
  ProductRepository,
  ProductsModule,
  readProductData,
  readStock,
  toProductChanges,
} from '@features/products';
import {
  PermanentFailure,
  WebhookModule,
  type ApplyEffect,
  type EventHandler,
  type EventHandlers,
} from '@features/webhook';
import { PartnerClient, PartnerModule, type PartnerStock } from '@integrations/partner';
import { EventLookups } from './event-lookups';
import { checkProduct, checkReference, checkStock, readPayload, type EventPayload } from './event-payload';

export const EventHandlersModule = WebhookModule.handling({
  checks: {
    'product.created': checkProduct,
    'product.updated': checkProduct,
    'product.deleted': checkReference,
    'stock.updated': checkStock,
    'order.updated': checkReference,
  },
  imports: [ProductsModule, PartnerModule],
  inject: [ProductChanges, ProductRepository, PartnerClient],
  useFactory: (products: ProductChanges, catalogue: ProductRepository, partner: PartnerClient): EventHandlers => {
    const lookups = new EventLookups(partner);
    return {
      'product.created': putProduct(products, lookups),
      'product.updated': putProduct(products, lookups),
      'product.deleted': removeProduct(products),
      'stock.updated': setStock(products, lookups),
      'order.updated': updateOrder(products, catalogue, lookups),
    };
  },
});

/** As the event says; or as the partner does, where the event says only that there is something new. */
function putProduct(products: ProductChanges, lookups: EventLookups): EventHandler {
  return async (event, signal) => {
    const { id, version, data } = readPayload(event);
    if (data !== undefined) return applyProduct(products, id, data, version);
    const found = await lookups.getProduct(event, signal);
    if (found.deleted === true) return (manager) => products.remove(manager, id, found.version);
    const { version: foundVersion, ...fields } = found;
    return applyProduct(products, id, fields, foundVersion);
  };
}

function applyProduct(
  products: ProductChanges,
  id: string,
  data: NonNullable<EventPayload['data']>,
  version: EventPayload['version'],
): ApplyEffect {
  const product = readProductData(id, data);
  if ('reasons' in product) throw new PermanentFailure(product.reasons.join('; '));
  return (manager) => products.put(manager, product, version);
}

function removeProduct(products: ProductChanges): EventHandler {
  return (event) => {
    const { id, version } = readPayload(event);
    return (manager) => products.remove(manager, id, version);
  };
}

function setStock(products: ProductChanges, lookups: EventLookups): EventHandler {
  return async (event, signal) => {
    const { id, version, data } = readPayload(event);
    if (data !== undefined) {
      const stock = toStock(data);
      return (manager) => products.setStock(manager, id, stock, version);
    }
    return applyStocks(products, [await lookups.getStock(event, signal)]);
  };
}

/**
 * An order takes from the stock of its lines; how much is left, the partner says with each. A product that is new here is
 * brought with its order; one that cannot be had keeps the others from nothing.
 */
function updateOrder(products: ProductChanges, catalogue: ProductRepository, lookups: EventLookups): EventHandler {
  return async (event, signal) => {
    const { lines } = await lookups.getOrder(event, signal);
    const unknown = new Set(await catalogue.findUnknown(lines.map(({ productId }) => productId)));
    const brought = toProductChanges(await lookups.findProducts(event, [...unknown], signal)).changes;
    const applyKnown = applyStocks(
      products,
      lines.filter(({ productId }) => !unknown.has(productId)),
    );
    if (brought.length === 0) return applyKnown;
    return async (manager) => {
      const { isVisible } = await products.apply(manager, brought);
      const outcome = await applyKnown(manager);
      return isVisible ? 'changed' : outcome;
    };
  };
}

/** In one order for all, so that two orders of the same products wait for each other instead of deadlocking. */
function applyStocks(products: ProductChanges, stocks: readonly PartnerStock[]): ApplyEffect {
  const inOrder = stocks.toSorted((a, b) => (a.productId < b.productId ? -1 : 1));
  return async (manager) => {
    const outcomes = new Set<Awaited<ReturnType<ApplyEffect>>>();
    for (const { productId, stock, version } of inOrder)
      outcomes.add(await products.setStock(manager, productId, stock, version));
    if (outcomes.has('changed')) return 'changed';
    return outcomes.has('unchanged') || outcomes.size === 0 ? 'unchanged' : 'outdated';
  };
}

function toStock(data: NonNullable<EventPayload['data']>): number {
  const stock = readStock(data['stock']);
  if (stock === undefined) throw new PermanentFailure('data.stock must be a whole number from 0');
  return stock;
}
