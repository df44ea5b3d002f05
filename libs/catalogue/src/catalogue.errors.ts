import { defineErrors } from '@platform/errors';

/** Errors of reading the catalogue. */
export const CatalogueErrors = defineErrors({
  PRODUCT_NOT_FOUND: {
    kind: 'not-found',
    title: 'The product does not exist',
    remedy: 'Search for the product in `GET /products`; it may have been removed.',
    message: (id: number) => `Product ${id} does not exist.`,
  },
  CATALOGUE_UNAVAILABLE: {
    kind: 'unavailable',
    title: 'The catalogue is unavailable',
    remedy: 'Try again after the time in the `Retry-After` header.',
    message: () => 'The catalogue database cannot be reached.',
  },
  CATALOGUE_BUSY: {
    kind: 'unavailable',
    title: 'The catalogue did not respond in time',
    remedy: 'Try again after the time in the `Retry-After` header, or narrow the query.',
    message: () => 'The catalogue database did not respond in time.',
  },
});
