/** Access log, traces and metrics of the built service. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { createMysql, createSqlite } from '../../support/databases';
import { eventually } from '../../support/eventually';
import { metricAt } from '../../support/metrics';
import { Replicas, send, type Replica } from '../../support/replicas';
import { Sandbox } from '../../support/sandbox';

const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';
const TRACEPARENT = `00-${TRACE_ID}-b7ad6b7169203331-01`;

interface Line {
  readonly msg: string;
  readonly requestId?: string;
  readonly url?: string;
  readonly traceId?: string;
}

let sandbox: Sandbox;
let replicas: Replicas;

const get = async (url: string, headers: Record<string, string> = {}) => {
  const response = await fetch(url, { headers: { connection: 'close', ...headers } });
  await response.arrayBuffer();
  return response.headers.get('x-request-id');
};

beforeAll(async () => {
  sandbox = await Sandbox.start();
  replicas = await Replicas.on(createSqlite, { LOG_LEVEL: 'info', ...sandbox.environment });
  await replicas.cli('seed', '--rows', '200');
});
afterEach(() => replicas.stop());
afterAll(async () => {
  await replicas.remove();
  await sandbox.stop();
});

/** Stops a replica and returns its log lines. */
async function linesOf({ child, finished }: Replica): Promise<Line[]> {
  child.kill('SIGTERM');
  const { stdout } = await finished;
  return stdout
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Line);
}

const linesOfRequest = (lines: Line[], requestId: string | null) =>
  lines.filter((line) => line.requestId === requestId && line.msg === 'request completed');

describe('access log', () => {
  it('access log: each request has one line with its outcome, and tokens in a URL are redacted', async () => {
    const replica = await replicas.serve();
    const loaded = await get(`${replica.url}/products?search=tomato`);
    const cached = await get(`${replica.url}/products?search=tomato`);
    const single = await get(`${replica.url}/products/1`);
    const missing = await get(`${replica.url}/nothing?access_token=do-not-log`);
    const lines = await linesOf(replica);
    const common = { level: 30, method: 'GET', durationMs: expect.any(Number) as number };
    expect(linesOfRequest(lines, loaded)).toMatchObject([
      { ...common, route: '/products', status: 200, cache: 'miss', plan: expect.stringMatching(/^[a-z-]+$/) as string },
    ]);
    expect(linesOfRequest(lines, cached)).toMatchObject([{ ...common, route: '/products', status: 200, cache: 'hit' }]);
    expect(linesOfRequest(lines, single)).toMatchObject([
      { ...common, route: '/products/:id', status: 200, cache: 'miss' },
    ]);
    expect(linesOfRequest(lines, missing)).toMatchObject([{ status: 404, url: '/nothing?access_token=[redacted]' }]);
  });

  it('access log: health probes are not logged by default', async () => {
    const replica = await replicas.serve();
    const probe = await get(`${replica.url}/health/live`);
    expect(linesOfRequest(await linesOf(replica), probe)).toEqual([]);
  });

  it('event log: the line of an applied event has its event id, attempt and request id', async () => {
    const replica = await replicas.serve();
    await send(replica.url, 'evt-log', { event: 'test.count' });
    await eventually(
      () => replicas.states(),
      (states) => states['evt-log'] === 'DONE',
    );
    const about = (await linesOf(replica)).filter((line) => 'eventId' in line);
    const [applied] = about.filter(({ msg }) => msg === 'event applied');
    expect(applied).toMatchObject({ eventId: 'evt-log', event: 'test.count', attempt: 1 });
    expect(applied?.requestId).toMatch(/^[0-9a-f-]{36}$/);
  });
});

describe('tracing', () => {
  it('tracing: a traceparent is logged and sent to the partner, without a collector', async () => {
    const replica = await replicas.serve();
    await sandbox.clearRequestLog();
    const requestId = await get(`${replica.url}/products/1/availability`, { traceparent: TRACEPARENT });
    const own = await get(`${replica.url}/products/2/availability`);
    const { requests } = await sandbox.requestLog();
    const calls = requests.filter(({ url }) => url.endsWith('/availability'));
    expect(calls.map(({ traceparent }) => traceparent)).toEqual([TRACEPARENT, undefined]);
    const lines = await linesOf(replica);
    expect(linesOfRequest(lines, requestId)).toMatchObject([{ traceId: TRACE_ID }]);
    expect(linesOfRequest(lines, own)[0]).not.toHaveProperty('traceId');
  });

  it('tracing: a malformed traceparent is ignored', async () => {
    const replica = await replicas.serve();
    const written = ['nonsense', '00-0-0-0', `00-${'0'.repeat(32)}-b7ad6b7169203331-01`];
    const requestIds = await Promise.all(
      written.map((traceparent) => get(`${replica.url}/products/1`, { traceparent })),
    );
    const lines = await linesOf(replica);
    for (const requestId of requestIds) expect(linesOfRequest(lines, requestId)[0]).not.toHaveProperty('traceId');
  });

  it('tracing: a collector receives spans of the request, the list read, the partner call and the event', async () => {
    const collector = await Collector.start();
    const replica = await replicas.serve({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url });
    await sandbox.clearRequestLog();
    const requestId = await get(`${replica.url}/products/3/availability`, { traceparent: TRACEPARENT });
    await get(`${replica.url}/products?search=okra`);
    await get(`${replica.url}/products?search=okra`);
    await send(replica.url, 'evt-trace', { event: 'test.count' });
    await eventually(
      () => replicas.states(),
      (states) => states['evt-trace'] === 'DONE',
    );
    const lines = await linesOf(replica);
    collector.stop();
    const { spans } = collector;
    const request = spans.find(({ name }) => name === 'GET /products/:id/availability');
    const call = spans.find(({ name, parentSpanId }) => name === 'GET' && parentSpanId === request?.spanId);
    expect(request).toMatchObject({ traceId: TRACE_ID, parentSpanId: 'b7ad6b7169203331' });
    expect(call).toMatchObject({ traceId: TRACE_ID });
    const [received] = (await sandbox.requestLog()).requests.filter(({ url }) => url.endsWith('/availability'));
    expect(received?.traceparent).toBe(`00-${TRACE_ID}-${call?.spanId}-01`);
    expect(linesOfRequest(lines, requestId)).toMatchObject([{ traceId: TRACE_ID }]);
    const names = spans.map(({ name }) => name);
    expect(names.filter((name) => name === 'GET /products')).toHaveLength(2);
    expect(names).toEqual(expect.arrayContaining(['read list', 'apply events', 'POST /webhook']));
  });

  it('tracing: an unreachable collector fails no request', async () => {
    const { url } = await replicas.serve({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1' });
    expect((await fetch(`${url}/products/1`, { headers: { connection: 'close' } })).status).toBe(200);
  });
});

describe('metrics', () => {
  it('metrics: requests are labelled with the route pattern, never with a value from the client', async () => {
    const { url } = await replicas.serve();
    for (const path of ['/products/1', '/products/2', '/nothing', '/nowhere']) await get(url + path);
    for (let time = 0; time < 3; time++) await get(`${url}/categories`);
    await fetch(`${url}/webhook`, { method: 'PROPFIND', headers: { connection: 'close' } });
    const exposition = await (
      await fetch(`${url}/metrics`, { headers: { accept: 'text/plain', connection: 'close' } })
    ).text();
    const counts = [...exposition.matchAll(/^farmlokal_http_request_duration_seconds_count\{(.*)\} (\d+)$/gm)];
    expect(Object.fromEntries(counts.map(([, labels, count]) => [labels, count]))).toMatchObject({
      'method="GET",route="/products/:id",status="200"': '2',
      'method="GET",route="/categories",status="200"': '3',
      'method="GET",route="none",status="404"': '2',
      'method="other",route="none",status="405"': '1',
    });
    expect(exposition).toMatch(/^farmlokal_cache_responses_total\{tier="process",outcome="hit"\} 2$/m);
    expect(exposition).toMatch(/^farmlokal_http_response_body_bytes_count\{method="GET",route="\/categories"\} 3$/m);
    expect(exposition).toMatch(/^farmlokal_database_reachable 1$/m);
    for (const name of ['nodejs_eventloop_lag_p99_seconds', 'process_resident_memory_bytes', 'process_open_fds'])
      expect(exposition).toMatch(new RegExp(`^${name} [\\d.e-]+$`, 'm'));
  });

  it('metrics: report the used, idle and waiting MySQL connections of each pool', async () => {
    const onMysql = await Replicas.on(createMysql);
    const { url } = await onMysql.serve();
    await get(`${url}/products`);
    for (const pool of ['reads', 'writes']) {
      const states = ['used', 'idle', 'waiting'].map(
        (state) => `farmlokal_database_connections{pool="${pool}",state="${state}"}`,
      );
      expect(await Promise.all(states.map((state) => metricAt(url, state)))).toEqual([
        expect.any(Number),
        expect.any(Number),
        0,
      ]);
      expect((await metricAt(url, states[0]!)) + (await metricAt(url, states[1]!))).toBeGreaterThan(0);
    }
    await onMysql.remove();
  });
});

interface Span {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
}

/** Receives OTLP over HTTP as JSON. */
class Collector {
  readonly spans: Span[] = [];

  private constructor(
    readonly url: string,
    private readonly server: Server,
  ) {}

  static async start(): Promise<Collector> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const collector = new Collector(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, server);
    server.on('request', (request, response) => {
      void json(request).then((body) => {
        const { resourceSpans } = body as { resourceSpans: { scopeSpans: { spans: Span[] }[] }[] };
        collector.spans.push(...resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans)));
        response.setHeader('content-type', 'application/json').end('{}');
      });
    });
    return collector;
  }

  stop(): void {
    this.server.close();
  }
}
