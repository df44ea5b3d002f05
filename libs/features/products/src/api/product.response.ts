/** Response bodies of the catalogue with their OpenAPI schemas, and the conversion of database rows to them. */
import { distanceKmOf } from '@catalogue';
import { ApiProperty } from '@nestjs/swagger';
import type { ProductRow } from '../query/product-listing';

class ProducerResponse {
  @ApiProperty({ type: 'integer', example: 77, description: 'Producer id' }) readonly id!: number;
  @ApiProperty({ example: 'Sahyadri Family Farm', description: 'Name of the producer' }) readonly name!: string;
  @ApiProperty({
    type: 'number',
    nullable: true,
    example: 19.99,
    description: 'Degrees north (WGS 84); null if unknown',
  })
  readonly latitude!: number | null;
  @ApiProperty({
    type: 'number',
    nullable: true,
    example: 73.78,
    description: 'Degrees east (WGS 84); null if unknown',
  })
  readonly longitude!: number | null;
}

export class ProductResponse {
  @ApiProperty({ type: 'integer', example: 48213, description: 'Product id' }) readonly id!: number;
  @ApiProperty({ example: 'Heirloom Tomato', description: 'Name of the product' }) readonly name!: string;
  @ApiProperty({ example: 'Picked this morning. Product of Nashik.', description: 'Description; may be empty' })
  readonly description!: string;
  @ApiProperty({ example: 'vegetables', description: 'Category slug; see `GET /categories`' })
  readonly category!: string;
  @ApiProperty({
    type: 'number',
    example: 129.5,
    description: 'Price of one `unit`, in major units of `currency`, with at most two decimals',
  })
  readonly price!: number;
  @ApiProperty({ example: 'INR', description: 'ISO 4217 code' }) readonly currency!: string;
  @ApiProperty({ example: 'kg', description: 'Unit that `price` and `stock` refer to' }) readonly unit!: string;
  @ApiProperty({
    type: 'integer',
    example: 40,
    description: 'Stock in `unit`; the availability of a product is more recent',
  })
  readonly stock!: number;
  @ApiProperty({ example: true, description: 'Whether `stock` is greater than 0' }) readonly inStock!: boolean;
  @ApiProperty({ description: 'Producer of the product' }) readonly producer!: ProducerResponse;
  @ApiProperty({
    type: 'number',
    required: false,
    example: 3.214,
    description: 'Distance from `near` to the producer in kilometres; present only with `near`',
  })
  readonly distanceKm?: number;
  @ApiProperty({
    format: 'date-time',
    example: '2026-10-02T05:11:09.000Z',
    description: 'Time of creation at the source, or of the first import',
  })
  readonly createdAt!: string;
  @ApiProperty({ format: 'date-time', example: '2026-11-20T17:02:44.120Z', description: 'Time of the last change' })
  readonly updatedAt!: string;
}

class PaginationResponse {
  @ApiProperty({ type: 'integer', example: 20, description: 'Maximum number of products on the page' })
  readonly limit!: number;
  @ApiProperty({
    type: 'integer',
    nullable: true,
    example: 1,
    description: 'Page number; null if the page was requested by `cursor`',
  })
  readonly page!: number | null;
  @ApiProperty({
    type: 'integer',
    nullable: true,
    example: 31877,
    description: 'Number of matching products, as accurate as `totalRelation` states; null with `count=none`',
  })
  readonly total!: number | null;
  @ApiProperty({
    type: 'string',
    nullable: true,
    enum: ['eq', 'approx', 'gte', null],
    example: 'eq',
    description: 'Accuracy of `total`: `eq` exact, `approx` estimated, `gte` lower bound; null with `count=none`',
  })
  readonly totalRelation!: 'eq' | 'approx' | 'gte' | null;
  @ApiProperty({
    type: 'integer',
    nullable: true,
    example: 1594,
    description: '`total` divided by `limit`, rounded up; null with `count=none`',
  })
  readonly totalPages!: number | null;
  @ApiProperty({
    type: 'string',
    nullable: true,
    description: 'Value of `cursor` for the next page; null if there is none',
  })
  readonly nextCursor!: string | null;
  @ApiProperty({
    type: 'string',
    nullable: true,
    description: 'Value of `cursor` for the previous page; null if there is none',
  })
  readonly previousCursor!: string | null;
}

export class ProductPageResponse {
  @ApiProperty({ type: [ProductResponse], description: 'Products of the page' }) readonly data!: ProductResponse[];
  @ApiProperty({ description: 'Position and size of the list' }) readonly pagination!: PaginationResponse;
}

class CategoryResponse {
  @ApiProperty({ example: 'vegetables', description: 'Value of `category` in `GET /products`' }) readonly slug!: string;
  @ApiProperty({ type: 'integer', example: 1130, description: 'Number of products in the category' })
  readonly productCount!: number;
}

export class CategoriesResponse {
  @ApiProperty({ type: [CategoryResponse], description: 'All categories' }) readonly data!: CategoryResponse[];
}

export function toProductResponse(row: ProductRow): ProductResponse {
  return {
    id: row.id,
    name: row.name,
    description: row.description,
    category: row.category,
    price: row.priceMinor / 100,
    currency: row.currency,
    unit: row.unit,
    stock: row.stock,
    inStock: row.stock > 0,
    producer: { id: row.producerId, name: row.producerName, latitude: row.latitude, longitude: row.longitude },
    ...(row.chordSquared !== undefined && { distanceKm: Math.round(distanceKmOf(row.chordSquared) * 1_000) / 1_000 }),
    createdAt: new Date(row.createdAtMs).toISOString(),
    updatedAt: new Date(row.updatedAtMs).toISOString(),
  };
}
