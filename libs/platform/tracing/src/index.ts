export { RequestTraces, type RequestTrace } from './request-traces.provider';
export { inSpan, startTracing, type Tracing } from './tracing.provider';
export { traceHeaders } from './trace-headers.provider';
