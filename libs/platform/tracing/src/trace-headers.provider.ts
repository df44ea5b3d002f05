import { context, propagation } from '@opentelemetry/api';

/** Returns `traceparent` and `tracestate` for an outgoing request; none outside a trace. Source: W3C Trace Context. */
export function traceHeaders(): Record<string, string> {
  const headers: Record<string, string> = {};
  propagation.inject(context.active(), headers);
  return headers;
}
