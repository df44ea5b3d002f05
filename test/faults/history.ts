/** Compares the responses that senders received with the effects of their events. */

interface Sent {
  /** Responses with 202. */
  accepted: number;
  /** Responses with 202 or 200. */
  acknowledged: number;
}

export interface Findings {
  /** Acknowledged and never applied. */
  readonly lost: readonly string[];
  /** Applied more than once. */
  readonly duplicated: readonly string[];
  /** Applied and never sent. */
  readonly unexpected: readonly string[];
  /** Two deliveries received a 202, which only the first may get. */
  readonly acceptedTwice: readonly string[];
}

export class History {
  private readonly sent = new Map<string, Sent>();
  private readonly statuses = new Map<number | 'none', number>();

  /** Records an event before it is sent. */
  recordSend(eventId: string): void {
    if (!this.sent.has(eventId)) this.sent.set(eventId, { accepted: 0, acknowledged: 0 });
  }

  recordStatus(eventId: string, status: number | undefined): void {
    this.statuses.set(status ?? 'none', (this.statuses.get(status ?? 'none') ?? 0) + 1);
    const sent = this.sent.get(eventId);
    if (sent === undefined) throw new Error(`${eventId} was not sent`);
    if (status === 202) sent.accepted += 1;
    if (status === 202 || status === 200) sent.acknowledged += 1;
  }

  counts(): Readonly<Record<string, number>> {
    return { events: this.sent.size, ...Object.fromEntries(this.statuses) };
  }

  check(applied: readonly { eventId: string; times: number }[]): Findings {
    const times = new Map(applied.map((each) => [each.eventId, each.times]));
    const idsThat = (is: (sent: Sent, times: number) => boolean) =>
      [...this.sent].filter(([id, sent]) => is(sent, times.get(id) ?? 0)).map(([id]) => id);
    return {
      lost: idsThat(({ acknowledged }, applications) => acknowledged > 0 && applications === 0),
      duplicated: idsThat((_, applications) => applications > 1),
      unexpected: [...times.keys()].filter((id) => !this.sent.has(id)),
      acceptedTwice: idsThat(({ accepted }) => accepted > 1),
    };
  }
}
