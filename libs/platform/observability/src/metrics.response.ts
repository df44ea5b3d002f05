import { ApiProperty } from '@nestjs/swagger';

class MemoryResponse {
  @ApiProperty({ description: 'Bytes of memory that the process holds', example: 268_435_456 })
  readonly rss!: number;

  @ApiProperty({ description: 'Bytes reserved for objects', example: 67_108_864 })
  readonly heapTotal!: number;

  @ApiProperty({ description: 'Bytes that objects use', example: 50_331_648 })
  readonly heapUsed!: number;
}

export class MetricsResponse {
  @ApiProperty({ description: 'Seconds since the process started', example: 3_600.5 })
  readonly uptime!: number;

  @ApiProperty()
  readonly memory!: MemoryResponse;

  @ApiProperty({ format: 'date-time', example: '2026-11-01T08:00:00.000Z' })
  readonly timestamp!: string;
}
