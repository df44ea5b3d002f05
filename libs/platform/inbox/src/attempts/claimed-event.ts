/** Event that this process has claimed for an attempt. */
export interface ClaimedEvent {
  readonly id: number;
  readonly eventId: string;
  readonly requestId: string;
  readonly type: string;
  readonly payload: string;
  readonly bodySha256: string;
  /** Number of this attempt, from 1. Together with the id it is the fencing token of the attempt. */
  readonly attempt: number;
  /** Attempts before an operator replayed the event. */
  readonly earlierAttempts: number;
  /** Earlier attempts without a recorded result, such as those whose process died. */
  readonly abandoned: number;
}
