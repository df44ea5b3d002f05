/**
 * Distributed tracing with OpenTelemetry. The W3C trace context of a request is always propagated to outgoing requests.
 * Spans are created and exported only if a collector is configured; otherwise the SDK is not loaded, and work runs
 * without spans. The SDK reads additional headers for the collector, such as a key, from OTEL_EXPORTER_OTLP_HEADERS.
 */
import { context, propagation, SpanStatusCode, trace, type SpanOptions, type Tracer } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import type { CollectorConfig } from '@platform/config';
import { withDeadline } from '@platform/resilience';
import { createTracerProvider } from './tracer-provider.provider';

export interface Tracing {
  /** Exports the queued spans, at most until a deadline. Never throws. */
  shutdown(): Promise<void>;
}

/** Maximum wait for the export at shutdown, in ms. A timely shutdown is worth more than the spans. */
const FLUSH_DEADLINE_MS = 2_000;

let current: Tracer | undefined;

/** Returns the tracer; undefined if tracing is disabled. */
export function tracer(): Tracer | undefined {
  return current;
}

/** Sets up tracing. Must be called once per process, before it serves requests. */
export async function startTracing(collector: CollectorConfig | undefined): Promise<Tracing> {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  if (collector === undefined) return { shutdown: () => Promise.resolve() };
  const provider = await createTracerProvider(collector);
  trace.setGlobalTracerProvider(provider);
  current = trace.getTracer('farmlokal');
  const toError = () => new Error('the collector does not respond');
  return { shutdown: () => withDeadline(FLUSH_DEADLINE_MS, provider.shutdown(), toError).catch(() => undefined) };
}

/** Runs the work in a span of its own. If the work fails, the span has the status ERROR. */
export async function inSpan<T>(name: string, options: SpanOptions, work: () => Promise<T>): Promise<T> {
  if (current === undefined) return work();
  return current.startActiveSpan(name, options, async (span) => {
    try {
      return await work();
    } catch (error) {
      span.setStatus({ code: SpanStatusCode.ERROR, message: error instanceof Error ? error.name : 'failed' });
      throw error;
    } finally {
      span.end();
    }
  });
}
