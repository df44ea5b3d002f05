/** Trace of a request: continues the trace of the client, or begins a new one if tracing is enabled. */
import type { IncomingMessage } from 'node:http';
import {
  context,
  propagation,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  type Context,
  type Span,
} from '@opentelemetry/api';
import { tracer } from './tracing.provider';

interface RequestOutcome {
  readonly method: string | undefined;
  readonly route: string | undefined;
  readonly status: number;
}

export interface RequestTrace {
  readonly traceId: string;
  /** Runs the work in the context of the trace. */
  run(work: () => void): void;
  end(outcome: RequestOutcome): void;
}

export const RequestTraces = {
  /** Returns undefined if tracing is disabled and the request has no `traceparent` header. */
  begin(request: IncomingMessage): RequestTrace | undefined {
    const activeTracer = tracer();
    if (activeTracer === undefined && request.headers['traceparent'] === undefined) return undefined;
    const incoming = propagation.extract(ROOT_CONTEXT, request.headers);
    const span = activeTracer?.startSpan(
      request.method ?? '',
      { kind: SpanKind.SERVER, attributes: attributesOf(request) },
      incoming,
    );
    return toTrace(span === undefined ? incoming : trace.setSpan(incoming, span), span);
  },
};

/** Returns undefined if the client's header is invalid. */
function toTrace(traceContext: Context, span: Span | undefined): RequestTrace | undefined {
  const traceId = trace.getSpanContext(traceContext)?.traceId;
  if (traceId === undefined) return undefined;
  return {
    traceId,
    run: (work) => context.with(traceContext, work),
    end: ({ method, route, status }) => {
      span?.updateName(`${method ?? ''} ${route ?? ''}`.trim());
      span?.setAttributes({ 'http.response.status_code': status, ...(route !== undefined && { 'http.route': route }) });
      if (status >= 500) span?.setStatus({ code: SpanStatusCode.ERROR });
      span?.end();
    },
  };
}

/** Omits query, user and password, for privacy. Names: OpenTelemetry semantic conventions for HTTP. */
function attributesOf({ method = '', url = '' }: IncomingMessage) {
  return { 'http.request.method': method, 'url.path': url.startsWith('/') ? url.split('?', 1)[0] : undefined };
}
