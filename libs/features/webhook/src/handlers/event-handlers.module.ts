/** Event handlers: only this module connects the webhook, the catalogue and the partner. */
import {
  joinTransaction,
  CatalogueModule,
  ProductChanges,
  ProductRepository,
  readProductData,
  readStock,
  toProductChanges,
} from '@catalogue';
import { PartnerClient, PartnerModule, type PartnerStock } from '@integrations/partner';
import { PermanentFailure, type ApplyEffect, type EventHandler, type EventHandlers } from '@platform/inbox';
import { WebhookModule } from '../webhook.module';
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
  imports: [CatalogueModule, PartnerModule],
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

/** Stores the product data of the event. If the event has none, the handler fetches the product from the partner. */
function putProduct(products: ProductChanges, lookups: EventLookups): EventHandler {
  return async (event, signal) => {
    const { id, version, data } = readPayload(event);
    if (data !== undefined) return applyProduct(products, id, data, version);
    const fetched = await lookups.getProduct(event, signal);
    if (fetched.deleted === true) return (manager) => products.remove(joinTransaction(manager), id, fetched.version);
    const { version: fetchedVersion, ...fields } = fetched;
    return applyProduct(products, id, fields, fetchedVersion);
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
  return (manager) => products.put(joinTransaction(manager), product, version);
}

function removeProduct(products: ProductChanges): EventHandler {
  return (event) => {
    const { id, version } = readPayload(event);
    return (manager) => products.remove(joinTransaction(manager), id, version);
  };
}

function setStock(products: ProductChanges, lookups: EventLookups): EventHandler {
  return async (event, signal) => {
    const { id, version, data } = readPayload(event);
    if (data !== undefined) {
      const stock = toStock(data);
      return (manager) => products.setStock(joinTransaction(manager), id, stock, version);
    }
    return applyStocks(products, [await lookups.getStock(event, signal)]);
  };
}

/**
 * Sets the stock of each product of an order to the remaining stock that the partner reports. Products missing from the
 * catalogue are fetched and added. A product that the partner does not return is skipped.
 */
function updateOrder(products: ProductChanges, catalogue: ProductRepository, lookups: EventLookups): EventHandler {
  return async (event, signal) => {
    const { lines } = await lookups.getOrder(event, signal);
    const missing = new Set(await catalogue.findMissing(lines.map(({ productId }) => productId)));
    const missingProducts = toProductChanges(await lookups.findProducts(event, [...missing], signal)).changes;
    const applyStockChanges = applyStocks(
      products,
      lines.filter(({ productId }) => !missing.has(productId)),
    );
    if (missingProducts.length === 0) return applyStockChanges;
    return async (manager) => {
      const { isVisible } = await products.apply(joinTransaction(manager), missingProducts);
      const outcome = await applyStockChanges(manager);
      return isVisible ? 'changed' : outcome;
    };
  };
}

/** Sets stocks in order of product id, so that concurrent orders wait for each other instead of deadlocking. */
function applyStocks(products: ProductChanges, stocks: readonly PartnerStock[]): ApplyEffect {
  const sorted = stocks.toSorted((a, b) => (a.productId < b.productId ? -1 : 1));
  return async (manager) => {
    const outcomes = new Set<Awaited<ReturnType<ApplyEffect>>>();
    for (const { productId, stock, version } of sorted)
      outcomes.add(await products.setStock(joinTransaction(manager), productId, stock, version));
    if (outcomes.has('changed')) return 'changed';
    return outcomes.has('unchanged') || outcomes.size === 0 ? 'unchanged' : 'outdated';
  };
}

function toStock(data: NonNullable<EventPayload['data']>): number {
  const stock = readStock(data['stock']);
  if (stock === undefined) throw new PermanentFailure('data.stock must be a whole number from 0');
  return stock;
}
