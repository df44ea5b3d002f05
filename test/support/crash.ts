/**
 * Simulates one crash: a replica with a failpoint applies a batch, receives further events from one or three senders,
 * and fails at that point. The senders retry until they get a 2xx. In the end every event must have been applied exactly
 * once.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { eventually } from './eventually';
import { insertionOf } from './inbox';
import { sendUntilAccepted, type Replica, type Replicas } from './replicas';
import type { Proxy } from './servers/proxy';

/** Failpoints of all steps of accepting and applying an event. */
const POINTS = [
  'in.received',
  'in.looked.up',
  'in.insert.sent',
  'in.insert.committed',
  'in.replied',
  'wk.due.locked',
  'wk.claimed',
  'wk.prepared',
  'wk.locked',
  'wk.effect.done',
  'wk.done.updated',
  'wk.committed',
  'wk.published',
];

/** At these points the worker holds claimed events, whose results are not committed. */
const POINTS_WITHIN_ATTEMPT = ['wk.claimed', 'wk.prepared', 'wk.locked', 'wk.effect.done', 'wk.done.updated'];

const BATCH_EVENTS = 8;

interface Crash {
  readonly point: string;
  /** `cut` closes the connections to the database. */
  readonly action: 'kill' | 'stop' | 'throw' | 'cut';
  readonly senders: number;
}

/** Each of these faults at each failpoint, with one sender and with three. */
export function crashesOf(actions: readonly Crash['action'][]): Crash[] {
  return POINTS.flatMap((point) => actions.flatMap((action) => [1, 3].map((senders) => ({ point, action, senders }))));
}

/** `survivor` is undefined on the embedded database: there, a new process starts after the crash. */
interface Scene {
  readonly replicas: Replicas;
  readonly survivor: Replica | undefined;
  /** Between the victim and the database; needed for `cut`. */
  readonly proxy: Proxy | undefined;
}

const BODY = { event: 'test.count' };
let crashes = 0;

/** Runs one crash. Throws if an event was lost or applied twice. */
export async function crash(each: Crash, scene: Scene): Promise<void> {
  crashes += 1;
  const { replicas, survivor } = scene;
  const victim = await serveVictim(each, scene);
  const urls = survivor === undefined ? [victim.url] : [victim.url, survivor.url];
  const events = new Events(replicas, urls, `crash-${crashes}`);
  survivor?.child.kill('SIGSTOP'); // so that the victim claims the batch
  try {
    await events.begin(each.senders);
    await eventually(victim.stderr, (stderr) => stderr.includes(`failpoint ${each.point}\n`));
  } finally {
    survivor?.child.kill('SIGCONT');
  }
  await completeFailure(each, scene, victim);
  if (survivor === undefined) {
    await replicas.stop('SIGKILL', victim);
    urls.push((await replicas.serve()).url);
  }
  await events.untilFinished();
  victim.child.kill('SIGCONT'); // a stopped process resumes after its lease was reclaimed
  await delay(each.action === 'stop' ? 300 : 0);
  await replicas.stop('SIGKILL', ...(survivor === undefined ? [] : [victim]));
  await events.assertAppliedOnce();
  if (leavesBatch(each)) await events.assertBatchAbandoned();
}

function serveVictim({ point, action }: Crash, { replicas, proxy }: Scene): Promise<Replica> {
  const failpoint = { FARMLOKAL_FAILPOINTS: `${point}=${action === 'cut' ? 'delay:300' : action}` };
  if (action !== 'cut' || proxy === undefined) return replicas.serve(failpoint);
  return replicas.serve({ ...failpoint, MYSQL_PORT: String(proxy.port), MYSQL_HOST: '127.0.0.1' });
}

/** The failpoint itself kills or stops the process. */
async function completeFailure({ action }: Crash, { replicas, proxy }: Scene, victim: Replica): Promise<void> {
  if (action === 'throw') await replicas.stop('SIGTERM', victim);
  if (action !== 'cut') return;
  proxy?.cut();
  await delay(150);
  proxy?.restore();
}

/** Another worker must reclaim the events that the victim held. */
function leavesBatch({ point, action }: Crash): boolean {
  return ['kill', 'stop'].includes(action) && POINTS_WITHIN_ATTEMPT.includes(point);
}

/** The events of one crash. Their ids begin with the prefix. */
class Events {
  private readonly ids: string[] = [];
  private readonly sending: Promise<unknown>[] = [];

  constructor(
    private readonly replicas: Replicas,
    /** The senders use each URL in turn, also those that are added later. */
    private readonly urls: readonly string[],
    private readonly prefix: string,
  ) {}

  /** Stores a batch. The first delivery wakes the worker of the victim, which claims the batch. */
  async begin(senders: number): Promise<void> {
    const batch = Array.from({ length: BATCH_EVENTS }, (_, at) => `${this.prefix}-batch-${at}`);
    this.ids.push(...batch);
    await this.replicas.onDatabase((dataSource) => dataSource.query(insertionOf(BODY.event, batch)));
    for (let sender = 0; sender < senders; sender++) this.sending.push(this.send('shared'), this.send(`own-${sender}`));
  }

  async untilFinished(): Promise<void> {
    await Promise.all(this.sending);
    await eventually(
      () => this.replicas.countUnfinished(),
      (open) => open === 0,
    );
  }

  async assertAppliedOnce(): Promise<void> {
    const states = await this.replicas.states();
    const applied = new Map((await this.replicas.applied()).map(({ eventId, times }) => [eventId, times]));
    const wrong = this.ids.filter((id) => states[id] !== 'DONE' || applied.get(id) !== 1);
    if (wrong.length > 0)
      throw new Error(
        wrong.map((id) => `${id} is ${states[id]} and was applied ${applied.get(id) ?? 0} times`).join('; '),
      );
  }

  /** The victim must have failed during an attempt at several events. */
  async assertBatchAbandoned(): Promise<void> {
    const [row] = await this.replicas.onDatabase((dataSource) =>
      dataSource.query<{ abandoned: number }[]>(
        `SELECT COUNT(*) AS abandoned FROM webhook_events WHERE event_id LIKE '${this.prefix}-%' AND abandoned > 0`,
      ),
    );
    if (!(Number(row?.abandoned) >= BATCH_EVENTS))
      throw new Error(`the victim held ${row?.abandoned} events instead of a batch`);
  }

  /** Retries at all replicas until one responds with a 2xx. */
  private async send(name: string): Promise<void> {
    const id = `${this.prefix}-${name}`;
    this.ids.push(id);
    await sendUntilAccepted(this.urls, id, BODY);
  }
}
