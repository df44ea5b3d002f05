/** Imports the OpenTelemetry SDK, which is loaded only if a collector is configured. */
import type { TracerProvider } from '@opentelemetry/sdk-trace';
import type { CollectorConfig } from '@platform/config';

/**
 * Creates a provider that exports spans in batches. Spans are dropped without waiting if the queue is full or the
 * collector fails. A trace of a client is sampled if the client samples it.
 */
export async function createTracerProvider({ endpoint, sampledShare }: CollectorConfig): Promise<TracerProvider> {
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
