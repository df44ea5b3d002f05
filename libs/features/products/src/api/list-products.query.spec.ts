import { ApplicationError } from '@platform/errors';
import { parseQueryString } from '@platform/http';
import fc from 'fast-check';
import { MAX_OFFSET } from '../query/list.errors';
import { ListProductsQuery, toListing } from './list-products.query';

const OPERATORS = [...'+-*"()~<>@%_\\\';,&= '.split(''), 'AND', 'NEAR', '%00', '%ED%A0%80'];
const RUNS = { numRuns: 10_000 };

const texts = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc
    .array(fc.oneof(fc.constantFrom(...OPERATORS), fc.string({ unit: 'grapheme' })), { maxLength: 15 })
    .map((parts) => parts.join('')),
);

/** Returns undefined if the query is rejected as invalid; any other error fails the test. */
function parse(queryString: string): ListProductsQuery | undefined {
  try {
    const query = parseQueryString(ListProductsQuery, queryString);
    toListing(query);
    return query;
  } catch (error) {
    if (error instanceof ApplicationError && error.definition.kind === 'invalid') return undefined;
    throw error;
  }
}

describe('query parser of GET /products', () => {
  it('search: arbitrary text is parsed into one to eight words or rejected', () => {
    fc.assert(
      fc.property(texts, (text) => {
        const query = parse(`search=${encodeURIComponent(text)}`);
        if (query?.search === undefined) return true; // rejected, or an empty parameter, which counts as omitted
        const words = toListing(query).filter.terms.length;
        return words >= 1 && words <= 8;
      }),
      RUNS,
    );
  });

  it('query string: arbitrary text is parsed into a listing within the limits or rejected', () => {
    const names = fc.constantFrom('limit', 'page', 'sort', 'category', 'minPrice', 'near', 'count', 'cursor');
    const parts = fc.tuple(fc.webQueryParameters(), names, texts.map(encodeURIComponent));
    fc.assert(
      fc.property(parts, ([others, name, text]) => {
        const query = parse(`${name}=${others}&${text}=1&${name}=${text}`);
        if (query === undefined) return true;
        const { limit, page } = toListing(query);
        return limit >= 1 && limit <= 100 && (page - 1) * limit <= MAX_OFFSET;
      }),
      RUNS,
    );
  });
});
