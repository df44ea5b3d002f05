/** Requests by the pattern of their route, so that there are never more series than routes. */
import { Histogram, type Registry } from 'prom-client';

/** From a page out of memory to what a client waits for no longer. */
const BUCKETS_SECONDS = [0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const BUCKETS_BYTES = [256, 1_024, 4_096, 16_384, 65_536, 262_144, 1_048_576];

const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

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

interface Series {
  readonly seconds: { observe(value: number): void };
  readonly requestBytes: { observe(value: number): void };
  readonly responseBytes: { observe(value: number): void };
}

export class RequestMetrics {
  private readonly durations: Histogram<'method' | 'route' | 'status'>;
  private readonly requestSizes: Histogram<'method' | 'route'>;
  private readonly responseSizes: Histogram<'method' | 'route'>;
  /** Finding a series by its labels takes longer than to add to it. */
  private readonly series = new Map<string, Series>();

  constructor(registry: Registry) {
    const registers = [registry];
    this.durations = new Histogram({
      name: 'farmlokal_http_request_duration_seconds',
      help: 'Time from the headers of a request to the end of its answer, by method, route and status',
      labelNames: ['method', 'route', 'status'],
      buckets: BUCKETS_SECONDS,
      registers,
    });
    this.requestSizes = new Histogram({
      name: 'farmlokal_http_request_body_bytes',
      help: 'Size of bodies that were announced by Content-Length, by method and route',
      labelNames: ['method', 'route'],
      buckets: BUCKETS_BYTES,
      registers,
    });
    this.responseSizes = new Histogram({
      name: 'farmlokal_http_response_body_bytes',
      help: 'Size of the bodies of answers as they were sent, by method and route',
      labelNames: ['method', 'route'],
      buckets: BUCKETS_BYTES,
      registers,
    });
  }

  observe(request: MeasuredRequest): void {
    const { seconds, requestBytes, responseBytes } = this.seriesOf(request);
    seconds.observe(request.durationMs / 1_000);
    if (request.requestBytes !== undefined) requestBytes.observe(request.requestBytes);
    if (request.responseBytes !== undefined) responseBytes.observe(request.responseBytes);
  }

  private seriesOf({ method = '', route = '', status }: MeasuredRequest): Series {
    const name = `${status} ${method} ${route}`;
    const known = this.series.get(name);
    if (known !== undefined) return known;
    const labels = { method: METHODS.has(method) ? method : 'other', route: toLabel(route) };
    const made = {
      seconds: this.durations.labels({ ...labels, status: String(status) }),
      requestBytes: this.requestSizes.labels(labels),
      responseBytes: this.responseSizes.labels(labels),
    };
    this.series.set(name, made);
    return made;
  }
}

/** The route for everything is that of nothing in particular. */
function toLabel(route: string): string {
  return route === '' || route === '*' || route === '/*' ? 'none' : route;
}
