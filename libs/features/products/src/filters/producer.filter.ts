/** `producerId`: products of one producer. */
import { sql } from '@platform/database';
import { IntegerParameter } from '@platform/http';
import type { Filter } from './filter';

class ProducerParameters {
  @IntegerParameter({ min: 1, max: Number.MAX_SAFE_INTEGER, description: 'Only products of the producer with this id' })
  readonly producerId?: number;
}

interface ProducerValues {
  readonly producerId: number | undefined;
}

export const producerFilter: Filter<ProducerParameters, ProducerValues> = {
  parameters: ProducerParameters,
  read: ({ producerId }) => ({ producerId }),
  toParameters: ({ producerId }) => ({ producerId }),
  conditionOf: ({ producerId }) =>
    producerId === undefined
      ? undefined
      : {
          sql: () => [sql`p.producer_id = ${producerId}`],
          matches: (product) => product.producerId === producerId,
          range: { column: 'producer', lowest: producerId, highest: producerId },
        },
};
