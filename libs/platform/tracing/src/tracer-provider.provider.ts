/** The part of tracing that is loaded only where there is a collector. */
import type { TracerProvider } from '@opentelemetry/sdk-trace';
import type { CollectorConfig } from '@platform/config';

/**
 * Spans are gathered and sent together; those that find no place or no collector are dropped, and nobody waits. A trace
 * that a client has begun is kept where the client keeps it.
 */
export async function makeTracerProvider({ endpoint, sampledShare }: CollectorConfig): Promise<TracerProvider> {
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
