/** `minPrice` and `maxPrice`: products within a range of prices. */
import { MAX_PRICE } from '@catalogue';
import { MAX_ABBREVIATED_KEY } from '@engine/search';
import { sql } from '@platform/database';
import { AmountParameter, Rule } from '@platform/http';
import type { Filter } from './filter';

class PriceParameters {
  @Rule(
    'conflict',
    (min, { maxPrice }: PriceParameters) => typeof maxPrice !== 'number' || Number(min) <= maxPrice,
    () => 'minPrice must not exceed maxPrice',
  )
  @AmountParameter({
    min: 0,
    max: MAX_PRICE,
    description: 'Minimum price, inclusive, in major units; currencies are not converted',
  })
  readonly minPrice?: number;

  @AmountParameter({
    min: 0,
    max: MAX_PRICE,
    description: 'Maximum price, inclusive, in major units; currencies are not converted',
  })
  readonly maxPrice?: number;
}

interface PriceValues {
  readonly minPriceMinor: number | undefined;
  readonly maxPriceMinor: number | undefined;
}

export const priceFilter: Filter<PriceParameters, PriceValues> = {
  parameters: PriceParameters,
  read: ({ minPrice, maxPrice }) => ({ minPriceMinor: toMinor(minPrice), maxPriceMinor: toMinor(maxPrice) }),
  toParameters: (_, { minPrice, maxPrice }) => ({ minPrice, maxPrice }),
  conditionOf: (values) => {
    if (!hasPrice(values)) return undefined;
    // The abbreviated key of a price is the price itself.
    const { minPriceMinor: lowest = 0, maxPriceMinor: highest = MAX_ABBREVIATED_KEY } = values;
    return {
      sql: () => [
        ...(values.minPriceMinor === undefined ? [] : [sql`p.price_minor >= ${lowest}`]),
        ...(values.maxPriceMinor === undefined ? [] : [sql`p.price_minor <= ${highest}`]),
      ],
      matches: ({ priceMinor }) => priceMinor >= lowest && priceMinor <= highest,
      range: { column: 'price', lowest, highest },
    };
  },
};

export function hasPrice({ minPriceMinor, maxPriceMinor }: PriceValues): boolean {
  return minPriceMinor !== undefined || maxPriceMinor !== undefined;
}

/** In binary, 129.57 × 100 is 12956.999…; rounding restores the two decimals that a client may send. */
function toMinor(amount: number | undefined): number | undefined {
  return amount === undefined ? undefined : Math.round(amount * 100);
}
