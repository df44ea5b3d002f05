import { ApiProperty } from '@nestjs/swagger';
import type { HealthReport } from './health-report';

export class LiveResponse {
  @ApiProperty({ enum: ['ok'] })
  readonly status!: 'ok';
}

export class HealthResponse {
  @ApiProperty({ enum: ['ok', 'degraded'], description: '`degraded`: serves, but something it could use is missing' })
  readonly status!: 'ok' | 'degraded';

  @ApiProperty({
    description: 'What each part says of itself',
    type: 'object',
    additionalProperties: {
      type: 'object',
      required: ['status'],
      properties: {
        status: { type: 'string', enum: ['up', 'degraded', 'down'] },
        reason: { type: 'string', description: 'Why it is not up' },
        mode: { type: 'string', description: 'How it does without' },
        uptimeSeconds: { type: 'integer' },
      },
    },
    example: { service: { status: 'up' }, database: { status: 'up' }, redis: { status: 'up' } },
  })
  readonly details!: Readonly<Record<string, HealthReport>>;
}
