/** The trace that a request belongs to: the one its client began, or a new one where traces are kept. */
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

interface Answered {
  readonly method: string | undefined;
  readonly route: string | undefined;
  readonly status: number;
}

export interface RequestTrace {
  readonly traceId: string;
  /** What is done in it belongs to the trace. */
  run(work: () => void): void;
  end(answered: Answered): void;
}

export const RequestTraces = {
  /** Undefined where neither the client nor this service keeps traces, which is found out by looking at one header. */
  begin(request: IncomingMessage): RequestTrace | undefined {
    const keeper = tracer();
    if (keeper === undefined && request.headers['traceparent'] === undefined) return undefined;
    const incoming = propagation.extract(ROOT_CONTEXT, request.headers);
    const span = keeper?.startSpan(
      request.method ?? '',
      { kind: SpanKind.SERVER, attributes: attributesOf(request) },
      incoming,
    );
    return toTrace(span === undefined ? incoming : trace.setSpan(incoming, span), span);
  },
};

/** Undefined where the client's header is none. */
function toTrace(own: Context, span: Span | undefined): RequestTrace | undefined {
  const traceId = trace.getSpanContext(own)?.traceId;
  if (traceId === undefined) return undefined;
  return {
    traceId,
    run: (work) => context.with(own, work),
    end: ({ method, route, status }) => {
      span?.updateName(`${method ?? ''} ${route ?? ''}`.trim());
      span?.setAttributes({ 'http.response.status_code': status, ...(route !== undefined && { 'http.route': route }) });
      if (status >= 500) span?.setStatus({ code: SpanStatusCode.ERROR });
      span?.end();
    },
  };
}

/** Without query, user and password, which nobody should keep. Names: OpenTelemetry semantic conventions for HTTP. */
function attributesOf({ method = '', url = '' }: IncomingMessage) {
  return { 'http.request.method': method, 'url.path': url.startsWith('/') ? url.split('?', 1)[0] : undefined };
}
