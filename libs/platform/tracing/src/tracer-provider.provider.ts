/** The part of tracing that is loaded only where there is a collector. */
import type { TracerProvider } from '@opentelemetry/sdk-trace';

export interface Collector {
  /** Where it takes OTLP over HTTP; `/v1/traces` is added. */
  readonly endpoint: string;
  /** Of the traces that begin here; one that a client has begun is kept where the client keeps it. */
  readonly sampledShare: number;
}

/** Spans are gathered and sent together; those that find no place or no collector are dropped, and nobody waits. */
export async function makeTracerProvider({ endpoint, sampledShare }: Collector): Promise<TracerProvider> {
  const { OTLPTraceExporter } = await import('@opentelemetry/exporter-trace-otlp-http');
  const { resourceFromAttributes } = await import('@opentelemetry/resources');
  const sdk = await import('@opentelemetry/sdk-trace');
  const exporter = new OTLPTraceExporter({ url: `${endpoint.replace(/\/$/, '')}/v1/traces` });
  return new sdk.TracerProvider({
    resource: resourceFromAttributes({ 'service.name': 'farmlokal' }),
    sampler: new sdk.ParentBasedSampler({ root: new sdk.TraceIdRatioBasedSampler(sampledShare) }),
    spanProcessors: [new sdk.BatchSpanProcessor({ exporter })],
  });
}
