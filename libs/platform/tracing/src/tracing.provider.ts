/**
 * Traces in OpenTelemetry's way. A W3C trace context that comes with a request is passed on to whoever is asked for it,
 * traces or not. Spans are made and sent only where a collector is configured; else nothing of the SDK is loaded, and
 * work that would have a span is simply done. What a collector wants to be sent besides, such as a key, is read by the SDK
 * from OTEL_EXPORTER_OTLP_HEADERS.
 */
import { context, propagation, SpanStatusCode, trace, type SpanOptions, type Tracer } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import type { CollectorConfig } from '@platform/config';
import { withTimeout } from '@platform/resilience';
import { makeTracerProvider } from './tracer-provider.provider';

export interface Tracing {
  /** Sends what waits to be sent. */
  end(): Promise<void>;
}

/** Spans are worth less than an end in time. */
const FLUSH_DEADLINE_MS = 2_000;

let current: Tracer | undefined;

/** The tracer, where traces are kept. */
export function tracer(): Tracer | undefined {
  return current;
}

/** Once in a process, before it serves. */
export async function startTracing(collector: CollectorConfig | undefined): Promise<Tracing> {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  if (collector === undefined) return { end: () => Promise.resolve() };
  const provider = await makeTracerProvider(collector);
  trace.setGlobalTracerProvider(provider);
  current = trace.getTracer('farmlokal');
  const toError = () => new Error('the collector does not answer');
  return { end: () => withTimeout(FLUSH_DEADLINE_MS, provider.shutdown(), toError).catch(() => undefined) };
}

/** Does the work in a span of its own, which fails with it. */
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
