import { ApiProperty } from '@nestjs/swagger';

class MemoryResponse {
  @ApiProperty({ description: 'Resident memory of the process, in bytes', example: 268_435_456 })
  readonly rss!: number;

  @ApiProperty({ description: 'Size of the JavaScript heap, in bytes', example: 67_108_864 })
  readonly heapTotal!: number;

  @ApiProperty({ description: 'Used part of the JavaScript heap, in bytes', example: 50_331_648 })
  readonly heapUsed!: number;
}

export class MetricsResponse {
  @ApiProperty({ description: 'Time since the process started, in seconds', example: 3_600.5 })
  readonly uptime!: number;

  @ApiProperty()
  readonly memory!: MemoryResponse;

  @ApiProperty({ format: 'date-time', example: '2026-11-01T08:00:00.000Z' })
  readonly timestamp!: string;
}
