import { ApiProperty } from '@nestjs/swagger';
import type { HealthReport } from './health-report';

export class LiveResponse {
  @ApiProperty({ enum: ['ok'], description: 'Always `ok`' })
  readonly status!: 'ok';
}

export class HealthResponse {
  @ApiProperty({
    enum: ['ok', 'degraded'],
    description: '`degraded`: the service is ready, but a component is impaired',
  })
  readonly status!: 'ok' | 'degraded';

  @ApiProperty({
    description: 'Health of each component',
    type: 'object',
    additionalProperties: {
      type: 'object',
      required: ['status'],
      properties: {
        status: { type: 'string', enum: ['up', 'degraded', 'down'] },
        reason: { type: 'string', description: 'Reason if the status is not `up`' },
        mode: { type: 'string', description: 'Mode of operation if the component is not configured' },
        uptimeSeconds: { type: 'integer' },
      },
    },
    example: { service: { status: 'up' }, database: { status: 'up' }, redis: { status: 'up' } },
  })
  readonly details!: Readonly<Record<string, HealthReport>>;
}
