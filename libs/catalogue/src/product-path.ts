/** Path parameters of a product. */
import { IntegerParameter } from '@platform/http';

export class ProductPath {
  @IntegerParameter({
    min: 1,
    max: Number.MAX_SAFE_INTEGER,
    required: true,
    description: 'Product id',
    example: 1,
  })
  readonly id!: number;
}
