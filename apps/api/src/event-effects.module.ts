/** What each event does: the one place where the webhook meets the catalogue. */
import { ProductChanges, ProductsModule, readProductData, readStock } from '@features/products';
import { PermanentFailure, WebhookModule, type EventEffect, type EventEffects } from '@features/webhook';
import { readPayload, type EventPayload } from './event-payload';

export const EventEffectsModule = WebhookModule.applying({
  imports: [ProductsModule],
  inject: [ProductChanges],
  useFactory: (products: ProductChanges): EventEffects => ({
    'product.created': putProduct(products),
    'product.updated': putProduct(products),
    'product.deleted': removeProduct(products),
    'stock.updated': setStock(products),
    'order.updated': lookUp,
  }),
});

function putProduct(products: ProductChanges): EventEffect {
  return (event) => {
    const { id, version, data } = readPayload(event);
    if (data === undefined) return lookUp();
    const product = readProductData(id, data);
    if ('reasons' in product) throw new PermanentFailure(product.reasons.join('; '));
    return (manager) => products.put(manager, product, version);
  };
}

function removeProduct(products: ProductChanges): EventEffect {
  return (event) => {
    const { id, version } = readPayload(event);
    return (manager) => products.remove(manager, id, version);
  };
}

function setStock(products: ProductChanges): EventEffect {
  return (event) => {
    const { id, version, data } = readPayload(event);
    if (data === undefined) return lookUp();
    const stock = toStock(data);
    return (manager) => products.setStock(manager, id, stock, version);
  };
}

function toStock(data: NonNullable<EventPayload['data']>): number {
  const stock = readStock(data['stock']);
  if (stock === undefined) throw new PermanentFailure('data.stock must be a whole number from 0');
  return stock;
}

/** What an event does not say would have to be asked of the partner, whom this version cannot ask yet. */
function lookUp(): never {
  throw new PermanentFailure('the event has no data, and the partner cannot be asked yet; replay it when it can');
}
