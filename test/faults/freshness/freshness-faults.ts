/** Faults of replicas and Redis, each of which recovers by itself, and their injection in random order. */
import { copyFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { PrivateRedis } from '../../support/servers/private-redis';
import { execute } from '../../support/servers/redis-administration';
import type { Chance } from '../../support/chance';
import type { Fleet } from './fleet';
import type { MessageFilter } from './message-filter';

export type Faults = Readonly<Record<string, (chance: Chance) => Promise<void>>>;

const STOPPED_MS = 5_000;
const PUBSUB_CUT_MS = 2_000;
const MESSAGES_LOST_MS = 5_000;
const CALM_MS = 2_000;

export function replicaFaults(fleet: Fleet): Faults {
  return {
    'a replica is paused': (chance) => fleet.pause(chance, STOPPED_MS),
    'a replica is killed': (chance) => fleet.killAndRestart(chance),
  };
}

/** Call `dumps.save('early')` before. */
export function redisFaults(redis: PrivateRedis, dumps: RedisDumps, messages: MessageFilter): Faults {
  return {
    'Redis is killed': async (chance) => {
      await redis.kill();
      await delay(chance() * 3_000);
      await redis.restart();
    },
    'Redis is paused': async (chance) => {
      redis.pause();
      await delay(500 + chance() * 2_000);
      redis.resume();
    },
    'Redis is flushed': async () => {
      await execute(redis, ['FLUSHALL'], '');
    },
    'Redis is restored from an early dump': () => dumps.restore('early'),
    'Redis is restored from a recent dump': async (chance) => {
      await dumps.save('recent');
      await delay(1_500 + chance() * 1_500);
      await dumps.restore('recent');
    },
    'Redis closes its pub/sub connections': async () => {
      const endsAtMs = performance.now() + PUBSUB_CUT_MS;
      while (performance.now() < endsAtMs) {
        await execute(redis, ['CLIENT', 'KILL', 'TYPE', 'pubsub'], '');
        await delay(50);
      }
    },
    'pub/sub messages of Redis are lost': async () => {
      messages.drop();
      await delay(MESSAGES_LOST_MS);
      messages.pass();
    },
  };
}

/** Copies of the data of Redis, to which it can be set back. */
export class RedisDumps {
  constructor(private readonly redis: PrivateRedis) {}

  /** Removes the file that Redis writes, because Redis would load it after each restart. */
  async save(name: string): Promise<void> {
    await execute(this.redis, ['SAVE'], '');
    const directory = await this.directory();
    await copyFile(join(directory, 'dump.rdb'), join(directory, `${name}.rdb`));
    await rm(join(directory, 'dump.rdb'));
  }

  async restore(name: string): Promise<void> {
    const directory = await this.directory();
    await this.redis.kill();
    await copyFile(join(directory, `${name}.rdb`), join(directory, 'dump.rdb'));
    await this.redis.restart();
    await rm(join(directory, 'dump.rdb'));
  }

  private async directory(): Promise<string> {
    const [, directory] = (await execute(this.redis, ['CONFIG', 'GET', 'dir'], '')) as [string, string];
    return directory;
  }
}

/** A fault with its time on the monotonic clock. */
export interface InjectedFault {
  readonly name: string;
  readonly startedAtMs: number;
  readonly endedAtMs: number;
}

/** Injects all faults in rounds, each once in a round and in random order: at least one round, and until `isOver`. */
export async function injectFaults(faults: Faults, isOver: () => boolean, chance: Chance): Promise<InjectedFault[]> {
  const injected: InjectedFault[] = [];
  const names = Object.keys(faults);
  const isEnough = () => isOver() && injected.length >= names.length;
  while (!isEnough()) {
    for (const name of shuffled(names, chance)) {
      if (isEnough()) break;
      await delay(CALM_MS * (0.5 + chance()));
      process.stdout.write(`  ${name}\n`);
      const startedAtMs = performance.now();
      await faults[name]?.(chance);
      injected.push({ name, startedAtMs, endedAtMs: performance.now() });
    }
  }
  await delay(CALM_MS);
  return injected;
}

function shuffled<T>(items: readonly T[], chance: Chance): T[] {
  return items
    .map((item) => ({ item, key: chance() }))
    .sort((a, b) => a.key - b.key)
    .map(({ item }) => item);
}
