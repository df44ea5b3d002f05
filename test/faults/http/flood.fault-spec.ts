/** A flood of slow unsigned bodies concurrent with a sender of signed events. */
import { createHmac } from 'node:crypto';
import { once, setMaxListeners } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { createSqlite } from '../../support/databases';
import { Replicas } from '../../support/replicas';

const SECRET = Buffer.from('the secret of a sender, as bytes');
const SLOW_BODIES = 250;
const DELIVERIES = 74;
const FLOOD_MS = 15_000;

let replicas: Replicas;
beforeAll(async () => {
  replicas = await Replicas.on(createSqlite);
});
afterAll(() => replicas.remove());

it('slow body: every signed event is accepted during a continuous flood of slow unsigned bodies', async () => {
  const { url } = await replicas.serve({ WEBHOOK_SECRETS: `whsec_${SECRET.toString('base64')}` });
  const port = Number(new URL(url).port);
  const over = new AbortController();
  setMaxListeners(SLOW_BODIES, over.signal);
  const flood = Array.from({ length: SLOW_BODIES }, () => sendSlowly(port, over.signal));
  await delay(1_000);
  const statuses: number[] = [];
  for (let at = 0; at < DELIVERIES; at++) {
    statuses.push(await deliver(url, `flood-${at}`));
    await delay(FLOOD_MS / DELIVERIES);
  }
  over.abort();
  const sent = (await Promise.all(flood)).reduce((sum, bodies) => sum + bodies, 0);
  expect(sent).toBeGreaterThan(2 * SLOW_BODIES);
  expect(statuses).toEqual(statuses.map(() => 202));
});

async function deliver(url: string, id: string): Promise<number> {
  const body = JSON.stringify({ event: 'test.count', id });
  const timestamp = String(Math.floor(Date.now() / 1_000));
  const signature = createHmac('sha256', SECRET).update(`${id}.${timestamp}.${body}`).digest('base64');
  const headers = {
    'content-type': 'application/json',
    'x-event-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': `v1,${signature}`,
  };
  const response = await fetch(`${url}/webhook`, { method: 'POST', headers, body });
  await response.arrayBuffer();
  return response.status;
}

/** Sends slow bodies one after another, one byte per second, until the service closes each. Returns their number. */
async function sendSlowly(port: number, signal: AbortSignal): Promise<number> {
  let bodies = 0;
  for (; !signal.aborted; bodies++) {
    const socket = connect(port, '127.0.0.1').on('error', () => undefined);
    const dripping = setInterval(() => socket.writable && socket.write('x'), 1_000);
    socket.resume().write(slowHead());
    await once(socket, 'close', { signal }).catch(() => undefined); // or until the flood is over
    clearInterval(dripping);
    socket.destroy();
    await delay(Math.random() * 500);
  }
  return bodies;
}

function slowHead(): string {
  const timestamp = Math.floor(Date.now() / 1_000);
  const headers = [`x-event-id: slow`, `webhook-timestamp: ${timestamp}`, 'content-type: application/json'];
  return `POST /webhook HTTP/1.1\r\nhost: a\r\n${headers.join('\r\n')}\r\ncontent-length: 262144\r\n\r\n`;
}
