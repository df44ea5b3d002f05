import { ApiProperty } from '@nestjs/swagger';
import { EVENT_STATES, type EventState } from '@platform/inbox';

const EVENT_ID = { description: 'Event id of the delivery', example: 'evt_01JDB3Q9X7' };

export class AcceptedResponse {
  @ApiProperty({ enum: ['accepted'], description: 'The event is stored for the first time' })
  readonly status!: 'accepted';
  @ApiProperty(EVENT_ID) readonly eventId!: string;
}

export class DuplicateResponse {
  @ApiProperty({ enum: ['duplicate'], description: 'The event was stored before' }) readonly status!: 'duplicate';
  @ApiProperty(EVENT_ID) readonly eventId!: string;
  @ApiProperty({
    enum: EVENT_STATES,
    description:
      'RECEIVED, RETRY: not yet applied. DONE: applied. SKIPPED: older than the stored version. DEAD: waits for an operator.',
    example: 'DONE',
  })
  readonly state!: EventState;
}
