/** Response bodies of the catalogue with their OpenAPI schemas, and the conversion of database rows to them. */
import { ApiProperty } from '@nestjs/swagger';
import { distanceKmOf } from './near/geography';
import type { ProductRow } from './product-listing';

class ProducerResponse {
  @ApiProperty({ type: 'integer', example: 77 }) readonly id!: number;
  @ApiProperty({ example: 'Sahyadri Family Farm' }) readonly name!: string;
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
  @ApiProperty({ type: 'integer', example: 48213 }) readonly id!: number;
  @ApiProperty({ example: 'Heirloom Tomato' }) readonly name!: string;
  @ApiProperty({ example: 'Picked this morning. Product of Nashik.' }) readonly description!: string;
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
  @ApiProperty({ type: 'integer', example: 40 }) readonly stock!: number;
  @ApiProperty({ example: true }) readonly inStock!: boolean;
  @ApiProperty() readonly producer!: ProducerResponse;
  @ApiProperty({
    type: 'number',
    required: false,
    example: 3.214,
    description: 'Distance from `near` to the producer in kilometres; present only with `near`',
  })
  readonly distanceKm?: number;
  @ApiProperty({ format: 'date-time', example: '2026-10-02T05:11:09.000Z' }) readonly createdAt!: string;
  @ApiProperty({ format: 'date-time', example: '2026-11-20T17:02:44.120Z' }) readonly updatedAt!: string;
}

class PaginationResponse {
  @ApiProperty({ type: 'integer', example: 20 }) readonly limit!: number;
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
  @ApiProperty({ type: 'integer', nullable: true, example: 1594 }) readonly totalPages!: number | null;
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
  @ApiProperty({ type: [ProductResponse] }) readonly data!: ProductResponse[];
  @ApiProperty() readonly pagination!: PaginationResponse;
}

class CategoryResponse {
  @ApiProperty({ example: 'vegetables' }) readonly slug!: string;
  @ApiProperty({ type: 'integer', example: 1130 }) readonly productCount!: number;
}

export class CategoriesResponse {
  @ApiProperty({ type: [CategoryResponse] }) readonly data!: CategoryResponse[];
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
