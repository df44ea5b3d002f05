/**
 * One crash: a replica with a failpoint receives events from one or three senders and fails at that point. The
 * senders retry until they get a 2xx. Then every event must have been applied exactly once.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { eventually } from './eventually';
import type { Proxy } from './proxy';
import { sendUntilAccepted, type Replica, type Replicas } from './replicas';

/** Every step of accepting an event, and of applying it. */
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
  /** `cut`: the connections to the database. */
  readonly action: 'kill' | 'stop' | 'throw' | 'cut';
  readonly senders: number;
}

/** `survivor` is undefined on the embedded database, where a process is started after the crash. */
export interface Scene {
  readonly replicas: Replicas;
  readonly survivor: Replica | undefined;
  /** Between the victim and the database; needed for `cut`. */
  readonly proxy: Proxy | undefined;
}

const BODY = { event: 'test.count' };
let crashes = 0;

/** Throws if an event was lost or applied twice. */
export async function crash({ point, action, senders }: Crash, { replicas, survivor, proxy }: Scene): Promise<void> {
  crashes += 1;
  const failpoint = `${point}=${action === 'cut' ? 'delay:300' : action}`;
  const wire: Record<string, string> =
    action === 'cut' && proxy !== undefined ? { MYSQL_PORT: String(proxy.port), MYSQL_HOST: '127.0.0.1' } : {};
  const victim = await replicas.serve({ FARMLOKAL_FAILPOINTS: failpoint, ...wire });
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
    proxy?.mend();
  }
  if (action === 'throw') await replicas.stop('SIGTERM', victim);
  if (survivor === undefined) {
    await replicas.stop('SIGKILL', victim);
    urls.push((await replicas.serve()).url);
  }
  await Promise.all(sending);
  await eventually(
    () => replicas.open(),
    (open) => open === 0,
  );
  victim.child.kill('SIGCONT'); // a stopped process resumes after its lease was taken over
  await delay(action === 'stop' ? 300 : 0);
  await replicas.stop('SIGKILL', ...(survivor === undefined ? [] : [victim]));
  await assertAppliedOnce(replicas, ids);
}

/** Sends more events if the survivor took them first. */
async function untilReached(victim: Replica, point: string, sendMore: () => void): Promise<void> {
  let asked = 0;
  await eventually(
    () => {
      asked += 1;
      if (asked % 25 === 0) sendMore();
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
