/** Event to be stored. */
export interface NewEvent {
  /** Event type, such as `order.updated`. */
  readonly type: string;
  /** Whole body as text; `content` is the same, parsed. */
  readonly payload: string;
  readonly content: Readonly<Record<string, unknown>>;
  readonly eventId: string;
  readonly requestId: string;
  /** Hexadecimal digest of the raw body. */
  readonly bodySha256: string;
}
