import { ApiProperty } from '@nestjs/swagger';

export class AvailabilityResponse {
  @ApiProperty({ type: 'integer', example: 1, description: 'Product id' }) readonly productId!: number;
  @ApiProperty({ type: 'integer', example: 22, description: 'Stock at the time `asOf`' }) readonly stock!: number;
  @ApiProperty({
    enum: ['live', 'cached', 'catalogue'],
    example: 'live',
    description:
      'Origin of `stock`: `live`, requested from the partner just now; `cached`, the last response of the partner; ' +
      '`catalogue`, the stored product',
  })
  readonly source!: 'live' | 'cached' | 'catalogue';
  @ApiProperty({
    format: 'date-time',
    example: '2026-11-20T17:02:44.120Z',
    description: 'Time at which `stock` was current',
  })
  readonly asOf!: string;
}
