import { defineErrors } from '@platform/errors';

export const MAX_OFFSET = 1_000_000;

/** What can go wrong when the catalogue is read. */
export const CatalogueErrors = defineErrors({
  PRODUCT_NOT_FOUND: {
    kind: 'not-found',
    title: 'There is no such product',
    remedy: 'Look the product up in GET /products; it may have been withdrawn.',
    message: (id: number) => `No product has the id ${id}`,
  },
  INVALID_CURSOR: {
    kind: 'invalid',
    title: 'The cursor does not belong to this query',
    remedy: 'Use a cursor as it was given, with the same filters, sort and order; or start again without one.',
    message: () => 'This cursor was not made for this query',
    faults: () => [{ parameter: 'cursor', code: 'invalid-cursor', detail: 'This cursor was not made for this query' }],
  },
  CATALOGUE_UNAVAILABLE: {
    kind: 'unavailable',
    title: 'The catalogue cannot be read now',
    remedy: 'Try again after the time in the `Retry-After` header.',
    message: () => 'The database of the catalogue cannot be reached at the moment',
  },
  CATALOGUE_BUSY: {
    kind: 'unavailable',
    title: 'The catalogue is too busy to answer in time',
    remedy: 'Try again after the time in the `Retry-After` header; narrow the query where it was a broad one.',
    message: () => 'The database of the catalogue did not answer in time',
  },
  PAGE_TOO_DEEP: {
    kind: 'invalid',
    title: 'The page is too deep to be counted to',
    remedy: 'Follow `nextCursor` of an earlier page; it costs the same at any depth.',
    message: (page: number, limit: number) =>
      `Page ${page} of ${limit} products lies beyond the first ${MAX_OFFSET}; follow nextCursor instead`,
    faults: (page: number) => [
      { parameter: 'page', code: 'page-too-deep', detail: `page ${page} is too deep; use cursor to go further` },
    ],
  },
});
