import { defineErrors } from '@platform/errors';

export const MAX_OFFSET = 1_000_000;

/** Errors of reading a page of products. */
export const ListErrors = defineErrors({
  INVALID_CURSOR: {
    kind: 'invalid',
    title: 'The cursor is not valid for this query',
    remedy: 'Use the cursor unchanged, with the same filters, sort and order, or start again without one.',
    message: () => 'The cursor is not valid for this query.',
    faults: () => [{ parameter: 'cursor', code: 'invalid-cursor', detail: 'cursor is not valid for this query' }],
  },
  PAGE_TOO_DEEP: {
    kind: 'invalid',
    title: 'The page exceeds the offset limit',
    remedy: 'Pass `nextCursor` of the previous page as `cursor`, which has no offset limit.',
    message: (page: number, limit: number) =>
      `Page ${page.toLocaleString('en')} of ${limit} products exceeds the offset limit of ${MAX_OFFSET.toLocaleString('en')}. Use \`cursor\` to read further.`,
    faults: (page: number) => [
      {
        parameter: 'page',
        code: 'page-too-deep',
        detail: `page ${page} exceeds the offset limit; use cursor to read further`,
      },
    ],
  },
});
