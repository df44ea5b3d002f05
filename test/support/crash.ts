/**
 * Simulates one crash: a replica with a failpoint receives events from one or three senders and fails at that point.
 * The senders retry until they get a 2xx. In the end every event must have been applied exactly once.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { eventually } from './eventually';
import { sendUntilAccepted, type Replica, type Replicas } from './replicas';
import type { Proxy } from './servers/proxy';

/** Failpoints of all steps of accepting and applying an event. */
export const POINTS = [
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

export interface Crash {
  readonly point: string;
  /** `cut` closes the connections to the database. */
  readonly action: 'kill' | 'stop' | 'throw' | 'cut';
  readonly senders: number;
}

/** `survivor` is undefined on the embedded database: there, a new process starts after the crash. */
export interface Scene {
  readonly replicas: Replicas;
  readonly survivor: Replica | undefined;
  /** Between the victim and the database; needed for `cut`. */
  readonly proxy: Proxy | undefined;
}

const BODY = { event: 'test.count' };
let crashes = 0;

/** Runs one crash. Throws if an event was lost or applied twice. */
export async function crash({ point, action, senders }: Crash, { replicas, survivor, proxy }: Scene): Promise<void> {
  crashes += 1;
  const failpoint = `${point}=${action === 'cut' ? 'delay:300' : action}`;
  const viaProxy: Record<string, string> =
    action === 'cut' && proxy !== undefined ? { MYSQL_PORT: String(proxy.port), MYSQL_HOST: '127.0.0.1' } : {};
  const victim = await replicas.serve({ FARMLOKAL_FAILPOINTS: failpoint, ...viaProxy });
  const urls = survivor === undefined ? [victim.url] : [victim.url, survivor.url];
  const ids: string[] = [];
  const deliver = (id: string) => {
    ids.push(id);
    return sendUntilAccepted(urls, id, BODY);
  };
  const shared = `crash-${crashes}-shared`;
  const sending = Array.from({ length: senders }, (_, at) =>
    Promise.all([sendUntilAccepted(urls, shared, BODY), deliver(`crash-${crashes}-${at}`)]),
  );
  ids.push(shared);
  await untilReached(victim, point, () => sending.push(deliver(`crash-${crashes}-more-${ids.length}`) as never));
  if (action === 'cut') {
    proxy?.cut();
    await delay(150);
    proxy?.restore();
  }
  if (action === 'throw') await replicas.stop('SIGTERM', victim);
  if (survivor === undefined) {
    await replicas.stop('SIGKILL', victim);
    urls.push((await replicas.serve()).url);
  }
  await Promise.all(sending);
  await eventually(
    () => replicas.countUnfinished(),
    (open) => open === 0,
  );
  victim.child.kill('SIGCONT'); // a stopped process resumes after its lease was reclaimed
  await delay(action === 'stop' ? 300 : 0);
  await replicas.stop('SIGKILL', ...(survivor === undefined ? [] : [victim]));
  await assertAppliedOnce(replicas, ids);
}

/** Waits until the victim reaches the failpoint. Sends further events if the survivor claims the first ones. */
async function untilReached(victim: Replica, point: string, sendMore: () => void): Promise<void> {
  let polls = 0;
  await eventually(
    () => {
      polls += 1;
      if (polls % 25 === 0) sendMore();
      return victim.stderr();
    },
    (stderr) => stderr.includes(`failpoint ${point}\n`),
  );
}

async function assertAppliedOnce(replicas: Replicas, ids: readonly string[]): Promise<void> {
  const states = await replicas.states();
  const applied = new Map((await replicas.applied()).map(({ eventId, times }) => [eventId, times]));
  const wrong = ids.filter((id) => states[id] !== 'DONE' || applied.get(id) !== 1);
  if (wrong.length > 0)
    throw new Error(
      wrong.map((id) => `${id} is ${states[id]} and was applied ${applied.get(id) ?? 0} times`).join('; '),
    );
}
