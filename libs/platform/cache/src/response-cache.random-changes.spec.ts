import { toEncodedResponse } from '@platform/http';
import { advance, useVirtualTime } from '@testing/resilience';
import fc from 'fast-check';
import { cachePolicy } from './cache.policy';
import type { CacheResult, LoadedResponse } from './response-cache.service';
import { EVERYTHING, TTL_MS, startReplicas, type CacheReplica } from './testing';

const RUNS = 80;
const FAILURE = new Error('the database is unavailable');
const TAGS_BY_URL = { '/apples': ['apples', 'fruit'], '/pears': ['pears', 'fruit'] } as const;
type Url = keyof typeof TAGS_BY_URL;

const FAULTS = {
  behind: ({ validity }) => (validity.isBehind = true),
  asleep: ({ validity }) => (validity.isCurrent = false),
  unreadable: ({ validity }) => (validity.isUnreadable = true),
  'without Redis': ({ redis }) => (redis.isAvailable = false),
  'slow Redis': ({ redis }) => (redis.replyAfterMs = 20),
  'without leases': ({ redis }) => redis.refused.add('ACQUIRE'),
  'read-only Redis': ({ redis }) => redis.refused.add('SET'),
  'trimmed log': ({ validity }) => validity.reset(),
  'short window': ({ validity }) => validity.forgetChanges(),
} satisfies Record<string, (replica: CacheReplica) => unknown>;

type Step =
  | { readonly do: 'change'; readonly tag: string }
  | { readonly do: 'get' | 'peek'; readonly at: number; readonly url: Url }
  | { readonly do: 'fail'; readonly at: number; readonly fault: keyof typeof FAULTS }
  | { readonly do: 'repair'; readonly at: number }
  | { readonly do: 'load'; readonly loadMs: number; readonly isFailing: boolean }
  | { readonly do: 'back up' | 'restore' }
  | { readonly do: 'advance'; readonly ms: number };

const at = fc.nat(3);
const url = fc.constantFrom(...(Object.keys(TAGS_BY_URL) as Url[]));
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { weight: 8, arbitrary: fc.record({ do: fc.constantFrom('get', 'peek'), at, url }) },
    {
      weight: 4,
      arbitrary: fc.record({ do: fc.constant('change'), tag: fc.constantFrom('apples', 'fruit', 'nuts', EVERYTHING) }),
    },
    {
      weight: 5,
      arbitrary: fc.record({ do: fc.constant('advance'), ms: fc.constantFrom(0, 1, 20, 60, 1_000, TTL_MS) }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        do: fc.constant('fail'),
        at,
        fault: fc.constantFrom(...(Object.keys(FAULTS) as (keyof typeof FAULTS)[])),
      }),
    },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('repair'), at }) },
    {
      weight: 1,
      arbitrary: fc.record({ do: fc.constant('load'), loadMs: fc.constantFrom(1, 50, 700), isFailing: fc.boolean() }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('back up', 'restore') }) },
  ),
  { minLength: 10, maxLength: 60 },
);

describe('response cache, random changes', () => {
  useVirtualTime();

  it('invalidation: no response is served after a change that outdates it, during any faults', async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (each) => expect(await violationsIn(each)).toEqual([])),
      { numRuns: RUNS },
    );
  });
});

/** Runs the steps, repairs all faults, and returns all responses that must not have been served. */
async function violationsIn(history: readonly Step[]): Promise<string[]> {
  const run = new History();
  for (const step of history) await run.run(step);
  await run.end();
  return run.violations;
}

/** Replicas with two responses. The content of a response is the position of the log at which it was read. */
class History {
  readonly violations: string[] = [];
  private readonly setup = startReplicas();
  private loading: Pick<Step & { do: 'load' }, 'loadMs' | 'isFailing'> = { loadMs: 50, isFailing: false };
  private restore: () => void = () => undefined;
  private pending = 0;

  async run(step: Step): Promise<void> {
    const { log, redis, replicas } = this.setup;
    switch (step.do) {
      case 'change':
        log.change(step.tag);
        break;
      case 'get':
        void this.get(replicas[step.at]!, step.url);
        break;
      case 'peek':
        this.peek(replicas[step.at]!, step.url);
        break;
      case 'fail':
        FAULTS[step.fault](replicas[step.at]!);
        break;
      case 'repair':
        repair(replicas[step.at]!);
        break;
      case 'load':
        this.loading = step;
        break;
      case 'back up':
        this.restore = redis.backUpResponses();
        break;
      case 'restore':
        this.restore();
        break;
      case 'advance':
        await advance(step.ms);
    }
  }

  /** After all faults have ended, each replica returns responses that reflect all changes. */
  async end(): Promise<void> {
    this.loading = { loadMs: 50, isFailing: false };
    for (const replica of this.setup.replicas) repair(replica);
    await advance(cachePolicy.failureBackoffMs + 2 * cachePolicy.leaseMs);
    if (this.pending > 0) this.violations.push(`${this.pending} requests are still pending`);
    for (const replica of this.setup.replicas)
      for (const each of Object.keys(TAGS_BY_URL) as Url[]) {
        const request = this.get(replica, each, { isOutageAllowed: false });
        await advance(cachePolicy.leaseMs + 500);
        await request;
      }
  }

  private async get(replica: CacheReplica, path: Url, { isOutageAllowed = true } = {}): Promise<void> {
    const { validity } = replica;
    const mayHit = validity.isCurrent || !validity.isUnreadable;
    const required = !validity.isCurrent && !validity.isUnreadable ? this.setup.log.position : validity.position;
    this.pending += 1;
    try {
      const result = await replica.cache.get(path, () => this.load(path));
      if (result.outcome.kind === 'outage' ? !isOutageAllowed : !mayHit && result.outcome.kind !== 'miss')
        this.violations.push(`get ${path}: ${result.outcome.kind}`);
      this.check(path, result, required);
    } catch (error) {
      if (error !== FAILURE || !isOutageAllowed) this.violations.push(`get ${path}: ${String(error)}`);
    } finally {
      this.pending -= 1;
    }
  }

  private peek({ cache, validity }: CacheReplica, path: Url): void {
    const result = cache.peek(path);
    if (result === undefined) return;
    if (!validity.isCurrent) this.violations.push(`peek ${path}: the replica is not current`);
    this.check(path, result, validity.position);
  }

  private async load(path: Url): Promise<LoadedResponse> {
    const { loadMs, isFailing } = this.loading;
    const bytes = Buffer.from(String(this.setup.log.position));
    await new Promise((resolve) => setTimeout(resolve, loadMs));
    if (isFailing) throw FAILURE;
    return { response: toEncodedResponse([], [['identity', bytes]]), basis: TAGS_BY_URL[path] };
  }

  /** The response must reflect all changes up to the required position. */
  private check(path: Url, { cached, outcome, tier }: CacheResult, required: number): void {
    if (outcome.kind === 'outage') return;
    const readAt = Number(cached.response.representations.identity.bytes.toString());
    const tags: readonly string[] = [...TAGS_BY_URL[path], EVERYTHING];
    const missed = this.setup.log.tagsBetween(readAt, Math.max(readAt, required)).filter((tag) => tags.includes(tag));
    if (missed.length > 0)
      this.violations.push(`${path}: ${outcome.kind} from ${tier}, read at ${readAt}, lacks ${missed.join(', ')}`);
  }
}

function repair({ redis, validity }: CacheReplica): void {
  Object.assign(redis, { isAvailable: true, replyAfterMs: 0 });
  redis.refused.clear();
  Object.assign(validity, { isUnreadable: false, isBehind: false, isCurrent: true });
  validity.catchUp();
}
