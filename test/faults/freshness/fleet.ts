/** Replicas that are stopped and replaced while they serve, each at its own URL. */
import { setTimeout as delay } from 'node:timers/promises';
import { pick, type Chance } from '../../support/chance';
import type { Replica, Replicas } from '../../support/replicas';

const REPLICAS = 3;
/** Requests that readers may have in progress at one replica, so that a stopped replica does not stop the readers. */
const MAX_IN_PROGRESS = 2;
/** Time before and after a stopped replica continues in which most requests are sent to it. */
const WAKING_MS = 250;

export interface Slot {
  readonly name: string;
  readonly url: string;
  inProgress: number;
}

interface RunningSlot extends Slot {
  replica: Replica;
}

export class Fleet {
  private waking: Slot | undefined;

  private constructor(
    private readonly replicas: Replicas,
    private readonly slots: readonly RunningSlot[],
  ) {}

  static async start(replicas: Replicas): Promise<Fleet> {
    const started = await Promise.all(Array.from({ length: REPLICAS }, () => replicas.serve()));
    const slots = started.map((replica, at) => ({
      name: `replica ${at + 1}`,
      url: replica.url,
      replica,
      inProgress: 0,
    }));
    return new Fleet(replicas, slots);
  }

  /** Picks a replica that can take a further read, if any. */
  pick(chance: Chance): Slot {
    const free = this.slots.filter(({ inProgress }) => inProgress < MAX_IN_PROGRESS);
    return pick(free.length > 0 ? free : this.slots, chance);
  }

  /** Prefers a replica that has been stopped and is about to continue with an old cache. */
  pickForRead(chance: Chance): Slot {
    const picked = this.pick(chance);
    return chance() < 0.8 ? (this.waking ?? picked) : picked;
  }

  async pause(chance: Chance, forMs: number): Promise<void> {
    const slot = pick(this.slots, chance);
    const { child } = slot.replica;
    child.kill('SIGSTOP');
    await delay(forMs - WAKING_MS);
    this.waking = slot;
    await delay(WAKING_MS);
    child.kill('SIGCONT');
    await delay(WAKING_MS);
    this.waking = undefined;
  }

  async killAndRestart(chance: Chance): Promise<void> {
    const slot = pick(this.slots, chance);
    await this.replicas.stop('SIGKILL', slot.replica);
    slot.replica = await this.replicas.serve({ PORT: new URL(slot.url).port });
  }
}
