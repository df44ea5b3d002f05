/** Reads metrics of a service in the Prometheus exposition format. */
import type { TestCatalogue } from './catalogue';
import { eventually } from './eventually';

/** Returns the sum over all labels, or 0 if there is no series. `name{label="x"}` selects one series. */
function metricIn(exposition: string, name: string): number {
  const lines = exposition.split('\n').filter((line) => line.startsWith(`${name} `) || line.startsWith(`${name}{`));
  return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
}

/** Reads a metric. `remoteAddress` is the client address, because the request counts against its rate limit. */
export async function metricOf({ app }: TestCatalogue, name: string, remoteAddress = '127.0.0.1'): Promise<number> {
  const response = await app.inject({ url: '/metrics', headers: { accept: 'text/plain' }, remoteAddress });
  if (response.statusCode !== 200) throw new Error(`GET /metrics returned ${response.statusCode}: ${response.body}`);
  return metricIn(response.body, name);
}

/** Reads a metric of the process at `url` on a new connection. */
export async function metricAt(url: string, name: string): Promise<number> {
  const response = await fetch(`${url}/metrics`, { headers: { accept: 'text/plain', connection: 'close' } });
  const text = await response.text();
  if (response.status !== 200) throw new Error(`GET /metrics returned ${response.status}: ${text}`);
  return metricIn(text, name);
}

/** Waits until each process reports Redis as available (1) or unavailable (0). */
export async function untilRedisIs(available: 0 | 1, ...urls: readonly string[]): Promise<void> {
  for (const url of urls)
    await eventually(
      () => metricAt(url, 'farmlokal_redis_available'),
      (value) => value === available,
    );
}
