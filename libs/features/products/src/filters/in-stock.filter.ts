/** `inStock`: products that are in stock, or that are not. */
import { IN_STOCK } from '@catalogue';
import { sql } from '@platform/database';
import { BooleanParameter } from '@platform/http';
import type { Filter } from './filter';

class InStockParameters {
  @BooleanParameter({ description: '`true`: only products in stock; `false`: only products out of stock' })
  readonly inStock?: boolean;
}

interface InStockValues {
  readonly inStock: boolean | undefined;
}

export const inStockFilter: Filter<InStockParameters, InStockValues> = {
  parameters: InStockParameters,
  read: ({ inStock }) => ({ inStock }),
  toParameters: ({ inStock }) => ({ inStock }),
  conditionOf: ({ inStock }) =>
    inStock === undefined
      ? undefined
      : {
          sql: () => [inStock ? sql`p.stock > 0` : sql`p.stock = 0`],
          matches: (product) => product.inStock === inStock,
          sets: { [inStock ? 'within' : 'without']: [[{ from: IN_STOCK }]] },
        },
};
