/** Event handlers: only this module connects the webhook, the catalogue and the partner. */
import {
  CatalogueModule,
  CatalogueWriter,
  joinTransaction,
  ProductChanges,
  ProductRepository,
  readProductData,
  readStock,
  toProductChanges,
  type ChangeGroup,
  type ProductChange,
} from '@catalogue';
import { PartnerClient, PartnerModule, type PartnerStock } from '@integrations/partner';
import { PermanentFailure, type EventEffects, type EventHandler } from '@platform/inbox';
import { WebhookModule } from '../webhook.module';
import { EventLookups } from './event-lookups';
import { checkProduct, checkReference, checkStock, readPayload, type EventPayload } from './event-payload';

/** The effect of an event is a group of changes. */
type Handler = EventHandler<ChangeGroup>;

export const EventHandlersModule = WebhookModule.handling({
  checks: {
    'product.created': checkProduct,
    'product.updated': checkProduct,
    'product.deleted': checkReference,
    'stock.updated': checkStock,
    'order.updated': checkReference,
  },
  imports: [CatalogueModule, PartnerModule],
  inject: [ProductChanges, CatalogueWriter, ProductRepository, PartnerClient],
  useFactory: (
    products: ProductChanges,
    writer: CatalogueWriter,
    catalogue: ProductRepository,
    partner: PartnerClient,
  ): EventEffects<ChangeGroup> => {
    const lookups = new EventLookups(partner);
    return {
      handlers: {
        'product.created': putProduct(lookups),
        'product.updated': putProduct(lookups),
        'product.deleted': removeProduct,
        'stock.updated': setStock(lookups),
        'order.updated': updateOrder(catalogue, lookups),
      },
      applyAll: (manager, groups) => products.applyGroups(joinTransaction(manager), groups),
      onCommitted: () => writer.announce(),
    };
  },
});

/** Stores the product data of the event. If the event has none, the product is fetched from the partner. */
function putProduct(lookups: EventLookups): Handler {
  return (event) => {
    const { id, version, data } = readPayload(event);
    if (data !== undefined) return { effect: [toPut(id, data, version)] };
    return {
      lookUp: async (signal) => {
        const { deleted, version: fetchedVersion, ...fields } = await lookups.getProduct(event, signal);
        if (deleted === true) return [{ kind: 'remove', externalId: id, version: fetchedVersion }];
        return [toPut(id, fields, fetchedVersion)];
      },
    };
  };
}

function toPut(
  externalId: string,
  fields: NonNullable<EventPayload['data']>,
  version: EventPayload['version'],
): ProductChange {
  const data = readProductData(externalId, fields);
  if ('reasons' in data) throw new PermanentFailure(data.reasons.join('; '));
  return { kind: 'put', externalId, version, data };
}

const removeProduct: Handler = (event) => {
  const { id, version } = readPayload(event);
  return { effect: [{ kind: 'remove', externalId: id, version }] };
};

function setStock(lookups: EventLookups): Handler {
  return (event) => {
    const { id, version, data } = readPayload(event);
    if (data !== undefined) return { effect: [{ kind: 'stock', externalId: id, version, stock: toStock(data) }] };
    return { lookUp: async (signal) => [toStockChange(await lookups.getStock(event, signal))] };
  };
}

/**
 * Sets the stock of each product of an order to the remaining stock that the partner reports. Products missing from the
 * catalogue are fetched and added. A product that the partner does not return is skipped.
 */
function updateOrder(catalogue: ProductRepository, lookups: EventLookups): Handler {
  return (event) => ({
    lookUp: async (signal) => {
      const { lines } = await lookups.getOrder(event, signal);
      const missing = new Set(await catalogue.findMissing(lines.map(({ productId }) => productId)));
      const fetched = toProductChanges(await lookups.findProducts(event, [...missing], signal)).changes;
      return [...fetched, ...lines.filter(({ productId }) => !missing.has(productId)).map(toStockChange)];
    },
  });
}

function toStockChange({ productId, stock, version }: PartnerStock): ProductChange {
  return { kind: 'stock', externalId: productId, version, stock };
}

function toStock(data: NonNullable<EventPayload['data']>): number {
  const stock = readStock(data['stock']);
  if (stock === undefined) throw new PermanentFailure('data.stock must be a whole number from 0');
  return stock;
}
