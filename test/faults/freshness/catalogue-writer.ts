/** Sends changes of the catalogue one after another, and records each with the state to which it leads. */
import { setTimeout as delay } from 'node:timers/promises';
import { createConnection, type Connection, type RowDataPacket } from 'mysql2/promise';
import { send } from '../../support/replicas';
import type { Chance } from '../../support/chance';
import type { Fleet, Slot } from './fleet';
import { CatalogueHistory, type CatalogueState } from './freshness-model';
import type { QueryPool } from './query-pool';
import { randomChange, stateAfter, type PlannedChange } from './random-catalogue';

const RESPONSE_TIMEOUT_MS = 500;
const POLL_MS = 4;

/** Changes come in bursts. In the quiet time after a burst few states are legal, and caches fill. */
const BURST_MS = 1_500;
const MIN_QUIET_MS = 500;
const MAX_QUIET_MS = 3_500;

export class CatalogueWriter {
  readonly history: CatalogueHistory;
  private preferred: Slot | undefined;

  private constructor(
    private readonly connection: Connection,
    private readonly fleet: Fleet,
    private readonly chance: Chance,
    initial: CatalogueState,
  ) {
    this.history = new CatalogueHistory(initial);
  }

  static async open(
    databaseUrl: string,
    fleet: Fleet,
    chance: Chance,
    initial: CatalogueState,
  ): Promise<CatalogueWriter> {
    return new CatalogueWriter(await createConnection(databaseUrl), fleet, chance, initial);
  }

  close(): Promise<void> {
    return this.connection.end();
  }

  async sendUntil(isOver: () => boolean, pool: QueryPool): Promise<void> {
    while (!isOver()) {
      // One replica applies half of the bursts alone, so that the others depend on its notifications.
      this.preferred = this.chance() < 0.5 ? this.fleet.pick(this.chance) : undefined;
      const endsAtMs = performance.now() + BURST_MS;
      while (performance.now() < endsAtMs && !isOver()) {
        await this.apply(randomChange(this.history.latest, this.chance), pool);
        await delay(this.chance() * 10);
      }
      await delay(MIN_QUIET_MS + this.chance() * (MAX_QUIET_MS - MIN_QUIET_MS));
    }
  }

  private async apply(planned: PlannedChange, pool: QueryPool): Promise<void> {
    const { type, externalId, before } = planned;
    const sentAtMs = performance.now();
    await this.deliver(planned);
    const doneAtMs = performance.now();
    const id = planned.id ?? (await this.idOf(externalId));
    if (planned.id === undefined) pool.addProduct(id);
    const state = stateAfter(this.history.latest, planned, id);
    this.history.append({ type, externalId, before, after: state.products.get(id), sentAtMs, doneAtMs }, state);
  }

  /** Sends the event to one replica after another until one accepts it, and waits until it is applied. */
  private async deliver({ type, externalId, data }: PlannedChange): Promise<void> {
    const version = this.history.length + 1;
    const eventId = `change-${version}`;
    const event = { event: type, id: externalId, version, ...(data !== undefined && { data }) };
    let slot = this.preferred ?? this.fleet.pick(this.chance);
    for (let status; status !== 202 && status !== 200; slot = this.fleet.pick(this.chance)) {
      status = await send(slot.url, eventId, event, RESPONSE_TIMEOUT_MS);
      if (status !== 202 && status !== 200) this.preferred = undefined;
      if (status !== undefined && status >= 400 && status < 500)
        throw new Error(`the event ${JSON.stringify(event)} was refused with status ${status}`);
    }
    while (!(await this.isDone(eventId))) await delay(POLL_MS);
  }

  private async isDone(eventId: string): Promise<boolean> {
    const [rows] = await this.connection.execute<RowDataPacket[]>(
      'SELECT state, last_error AS reason FROM webhook_events WHERE event_id = ?',
      [eventId],
    );
    const { state, reason } = rows[0] as { state: string; reason: string | null };
    if (state === 'DEAD' || state === 'SKIPPED') throw new Error(`${eventId} is ${state}: ${reason}`);
    return state === 'DONE';
  }

  private async idOf(externalId: string): Promise<number> {
    const [rows] = await this.connection.execute<RowDataPacket[]>('SELECT id FROM products WHERE external_id = ?', [
      externalId,
    ]);
    return (rows[0] as { id: number }).id;
  }
}
