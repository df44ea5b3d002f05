import { context, propagation } from '@opentelemetry/api';

/** `traceparent` and `tracestate` for whoever is asked next; none outside of a trace. Source: W3C Trace Context. */
export function traceHeaders(): Record<string, string> {
  const headers: Record<string, string> = {};
  propagation.inject(context.active(), headers);
  return headers;
}
