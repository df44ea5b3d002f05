/** An event that this process has taken to make an attempt at. */
export interface ClaimedEvent {
  readonly id: number;
  readonly eventId: string;
  readonly requestId: string;
  readonly type: string;
  readonly payload: string;
  readonly bodySha256: string;
  /** Counted from 1, this one included. With the id it tells this attempt from any other. */
  readonly attempt: number;
  /** Those that were made before an operator replayed it. */
  readonly earlierAttempts: number;
  /** How many earlier attempts ended without a word, as when they ended their process. */
  readonly abandoned: number;
}
