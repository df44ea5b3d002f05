/** What a service says of itself in the exposition format of Prometheus. */
import type { TestCatalogue } from './catalogue';
import { eventually } from './eventually';

/** Sum over all labels; `name{label="x"}` selects one series. 0 if there is none. */
function metricIn(exposition: string, name: string): number {
  const lines = exposition.split('\n').filter((line) => line.startsWith(`${name} `) || line.startsWith(`${name}{`));
  return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
}

/** `remoteAddress` is the client, because the request counts against its rate limit. */
export async function metricOf({ app }: TestCatalogue, name: string, remoteAddress = '127.0.0.1'): Promise<number> {
  const answer = await app.inject({ url: '/metrics', headers: { accept: 'text/plain' }, remoteAddress });
  if (answer.statusCode !== 200) throw new Error(`GET /metrics was answered with ${answer.statusCode}: ${answer.body}`);
  return metricIn(answer.body, name);
}

/** The same of a process that listens there, on a connection of its own. */
export async function metricAt(url: string, name: string): Promise<number> {
  const answer = await fetch(`${url}/metrics`, { headers: { accept: 'text/plain', connection: 'close' } });
  const text = await answer.text();
  if (answer.status !== 200) throw new Error(`GET /metrics was answered with ${answer.status}: ${text}`);
  return metricIn(text, name);
}

/** Waits until each of these processes has found Redis (1) or lost it (0). */
export async function untilRedisIs(available: 0 | 1, ...urls: readonly string[]): Promise<void> {
  for (const url of urls)
    await eventually(
      () => metricAt(url, 'farmlokal_redis_available'),
      (found) => found === available,
    );
}
