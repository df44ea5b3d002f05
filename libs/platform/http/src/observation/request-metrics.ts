/** Request metrics, labelled by route pattern instead of URL, which bounds the number of series. */
import { Counter, type Registry } from 'prom-client';
import { SeriesHistogram, type Series } from './series-histogram';

/** From an L1 cache hit to longer than clients wait. */
const BUCKETS_SECONDS = [0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const BUCKETS_BYTES = [256, 1_024, 4_096, 16_384, 65_536, 262_144, 1_048_576];

const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

/** Values of the label `fault` by the error codes of Node.js. */
const FAULTS: Readonly<Record<string, string>> = {
  ERR_HTTP_REQUEST_TIMEOUT: 'too-slow',
  HPE_HEADER_OVERFLOW: 'headers-too-large',
  ECONNRESET: 'cut-off',
};

export interface MeasuredRequest {
  readonly method: string | undefined;
  /** Undefined if no route matched. */
  readonly route: string | undefined;
  readonly status: number;
  readonly durationMs: number;
  /** Size of the request body; undefined if there was none. */
  readonly requestBytes: number | undefined;
  readonly responseBytes: number | undefined;
}

interface RouteSeries {
  readonly seconds: Series<'method' | 'route' | 'status'>;
  readonly requestBytes: Series<'method' | 'route'>;
  readonly responseBytes: Series<'method' | 'route'>;
}

export class RequestMetrics {
  private readonly durations: SeriesHistogram<'method' | 'route' | 'status'>;
  private readonly requestSizes: SeriesHistogram<'method' | 'route'>;
  private readonly responseSizes: SeriesHistogram<'method' | 'route'>;
  private readonly clientErrors: Counter<'fault'>;
  private readonly series = new Map<string, RouteSeries>();
  private readonly sizes = new Map<string, Pick<RouteSeries, 'requestBytes' | 'responseBytes'>>();

  constructor(registry: Registry) {
    this.durations = new SeriesHistogram(
      {
        name: 'farmlokal_http_request_duration_seconds',
        help: 'Time from the headers of a request to the end of its response, by method, route and status',
        labelNames: ['method', 'route', 'status'],
        buckets: BUCKETS_SECONDS,
      },
      registry,
    );
    const sizes = (name: string, help: string) =>
      new SeriesHistogram({ name, help, labelNames: ['method', 'route'], buckets: BUCKETS_BYTES }, registry);
    this.requestSizes = sizes(
      'farmlokal_http_request_body_bytes',
      'Size of request bodies that were read, by method and route',
    );
    this.responseSizes = sizes(
      'farmlokal_http_response_body_bytes',
      'Size of response bodies as sent, with content coding, by method and route',
    );
    this.clientErrors = new Counter({
      name: 'farmlokal_http_client_errors_total',
      help: 'Client errors before a request was parsed: too slow, headers too large, cut off, not HTTP, by fault',
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

  private seriesOf({ method: rawMethod = '', route: pattern = '', status }: MeasuredRequest): RouteSeries {
    const labels = { method: METHODS.has(rawMethod) ? rawMethod : 'other', route: toLabel(pattern) };
    const name = `${status} ${labels.method} ${labels.route}`;
    const existing = this.series.get(name);
    if (existing !== undefined) return existing;
    const created = { seconds: this.durations.series({ ...labels, status: String(status) }), ...this.sizesOf(labels) };
    this.series.set(name, created);
    return created;
  }

  /** Size series, which have no status label. */
  private sizesOf(labels: { method: string; route: string }) {
    const name = `${labels.method} ${labels.route}`;
    const existing = this.sizes.get(name);
    if (existing !== undefined) return existing;
    const created = {
      requestBytes: this.requestSizes.series(labels),
      responseBytes: this.responseSizes.series(labels),
    };
    this.sizes.set(name, created);
    return created;
  }
}

/** Returns `none` for requests that only the catch-all route matched. */
function toLabel(route: string): string {
  return route === '' || route === '*' || route === '/*' ? 'none' : route;
}
