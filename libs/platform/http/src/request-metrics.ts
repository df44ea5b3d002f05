/** Requests by the pattern of their route, so that there are never more series than routes. */
import { Counter, type Registry } from 'prom-client';
import { SeriesHistogram, type Series } from './series-histogram';

/** From a page out of memory to what a client waits for no longer. */
const BUCKETS_SECONDS = [0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const BUCKETS_BYTES = [256, 1_024, 4_096, 16_384, 65_536, 262_144, 1_048_576];

const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

/** By the codes of Node.js. */
const FAULTS: Readonly<Record<string, string>> = {
  ERR_HTTP_REQUEST_TIMEOUT: 'too-slow',
  HPE_HEADER_OVERFLOW: 'headers-too-large',
  ECONNRESET: 'cut-off',
};

export interface MeasuredRequest {
  readonly method: string | undefined;
  /** Undefined where no route was found. */
  readonly route: string | undefined;
  readonly status: number;
  readonly durationMs: number;
  /** Of its body; undefined where it had none. */
  readonly requestBytes: number | undefined;
  readonly responseBytes: number | undefined;
}

interface OfRoute {
  readonly seconds: Series<'method' | 'route' | 'status'>;
  readonly requestBytes: Series<'method' | 'route'>;
  readonly responseBytes: Series<'method' | 'route'>;
}

export class RequestMetrics {
  private readonly durations: SeriesHistogram<'method' | 'route' | 'status'>;
  private readonly requestSizes: SeriesHistogram<'method' | 'route'>;
  private readonly responseSizes: SeriesHistogram<'method' | 'route'>;
  private readonly clientErrors: Counter<'fault'>;
  private readonly series = new Map<string, OfRoute>();
  private readonly sizes = new Map<string, Pick<OfRoute, 'requestBytes' | 'responseBytes'>>();

  constructor(registry: Registry) {
    this.durations = new SeriesHistogram(
      {
        name: 'farmlokal_http_request_duration_seconds',
        help: 'Time from the headers of a request to the end of its answer, by method, route and status',
        labelNames: ['method', 'route', 'status'],
        buckets: BUCKETS_SECONDS,
      },
      registry,
    );
    const sizes = (name: string, help: string) =>
      new SeriesHistogram({ name, help, labelNames: ['method', 'route'], buckets: BUCKETS_BYTES }, registry);
    this.requestSizes = sizes(
      'farmlokal_http_request_body_bytes',
      'Size of bodies that were read, by method and route',
    );
    this.responseSizes = sizes(
      'farmlokal_http_response_body_bytes',
      'Size of the bodies of answers as they were sent, by method and route',
    );
    this.clientErrors = new Counter({
      name: 'farmlokal_http_client_errors_total',
      help: 'What came on a connection and never became a request: too slow, headers too large, cut off, not HTTP',
      labelNames: ['fault'],
      registers: [registry],
    });
  }

  countClientError(code: string): void {
    this.clientErrors.inc({ fault: FAULTS[code] ?? 'not-http' });
  }

  observe(request: MeasuredRequest): void {
    const { seconds, requestBytes, responseBytes } = this.seriesOf(request);
    seconds.observe(request.durationMs / 1_000);
    if (request.requestBytes !== undefined) requestBytes.observe(request.requestBytes);
    if (request.responseBytes !== undefined) responseBytes.observe(request.responseBytes);
  }

  private seriesOf({ method: given = '', route: found = '', status }: MeasuredRequest): OfRoute {
    const labels = { method: METHODS.has(given) ? given : 'other', route: toLabel(found) };
    const name = `${status} ${labels.method} ${labels.route}`;
    const known = this.series.get(name);
    if (known !== undefined) return known;
    const made = { seconds: this.durations.series({ ...labels, status: String(status) }), ...this.sizesOf(labels) };
    this.series.set(name, made);
    return made;
  }

  /** Of all statuses together. */
  private sizesOf(labels: { method: string; route: string }) {
    const name = `${labels.method} ${labels.route}`;
    const known = this.sizes.get(name);
    if (known !== undefined) return known;
    const made = { requestBytes: this.requestSizes.series(labels), responseBytes: this.responseSizes.series(labels) };
    this.sizes.set(name, made);
    return made;
  }
}

/** The route for everything is that of nothing in particular. */
function toLabel(route: string): string {
  return route === '' || route === '*' || route === '/*' ? 'none' : route;
}
