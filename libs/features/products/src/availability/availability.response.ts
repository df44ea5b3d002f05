import { ApiProperty } from '@nestjs/swagger';

export class AvailabilityResponse {
  @ApiProperty({ type: 'integer', example: 1 }) readonly productId!: number;
  @ApiProperty({ type: 'integer', example: 22 }) readonly stock!: number;
  @ApiProperty({
    enum: ['live', 'cached', 'catalogue'],
    example: 'live',
    description: 'Asked of the partner just now; what it answered last; or what the catalogue has',
  })
  readonly source!: 'live' | 'cached' | 'catalogue';
  @ApiProperty({ format: 'date-time', example: '2026-11-20T17:02:44.120Z', description: 'When it was so' })
  readonly asOf!: string;
}
