/** The properties that the search index depends on, of a stored product. */
import type { Product } from '../product.entity';
import type { IndexedProperties } from './index-keys';

type StoredProperties = Omit<IndexedProperties, 'inStock'> & Pick<Product, 'stock'>;

/** `{ stock: 7, … }` → `{ inStock: true, … }` */
export function indexedPropertiesOf(product: StoredProperties): IndexedProperties {
  return {
    nameText: product.nameText,
    searchText: product.searchText,
    category: product.category,
    priceMinor: product.priceMinor,
    createdAtMs: product.createdAtMs,
    inStock: product.stock > 0,
    producerId: product.producerId,
  };
}

/** Returns whether no filter and no sort distinguishes the products. */
export function areIndexedAlike(a: IndexedProperties, b: IndexedProperties): boolean {
  return (Object.keys(a) as (keyof IndexedProperties)[]).every((name) => a[name] === b[name]);
}
