/**
 * Maps errors to problem details (RFC 9457); the only mapping of error kinds to status codes. For an unexpected error,
 * the client receives only the request id.
 */
import { ApplicationError, type ErrorKind, type Fault } from '@platform/errors';
import { HttpErrors } from './http.errors';

export const PROBLEM_MEDIA_TYPE = 'application/problem+json';

export const statusOf: Record<ErrorKind, number> = {
  invalid: 400,
  unauthenticated: 401,
  'not-found': 404,
  'method-not-allowed': 405,
  'not-acceptable': 406,
  timeout: 408,
  'body-too-large': 413,
  'address-too-long': 414,
  'unsupported-media-type': 415,
  'expectation-failed': 417,
  contradictory: 422,
  'too-many-requests': 429,
  'headers-too-large': 431,
  internal: 500,
  'bad-gateway': 502,
  unavailable: 503,
  'gateway-timeout': 504,
};

export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly instance: string;
  readonly code: string;
  readonly errors?: readonly Fault[];
}

/** Errors for framework exceptions, by their `statusCode`. */
const frameworkErrors: Readonly<Record<number, () => ApplicationError>> = {
  400: () => HttpErrors.MALFORMED_REQUEST.create(),
  403: () => HttpErrors.ROUTE_NOT_FOUND.create(), // a file that must not be served
  404: () => HttpErrors.ROUTE_NOT_FOUND.create(),
  406: () => HttpErrors.NOT_ACCEPTABLE.create(['application/json']),
  408: () => HttpErrors.REQUEST_TIMEOUT.create(),
  413: () => HttpErrors.BODY_TOO_LARGE.create(),
  414: () => HttpErrors.ADDRESS_TOO_LONG.create([]),
  415: () => HttpErrors.UNSUPPORTED_MEDIA_TYPE.create(),
  417: () => HttpErrors.EXPECTATION_FAILED.create(),
  431: () => HttpErrors.HEADERS_TOO_LARGE.create(),
  503: () => HttpErrors.UNAVAILABLE.create(),
};

export function toApplicationError(thrown: unknown): ApplicationError {
  if (thrown instanceof ApplicationError) return thrown;
  const status = statusCodeOf(thrown) ?? 500;
  const createError = frameworkErrors[status] ?? (status >= 400 && status < 500 ? frameworkErrors[400] : undefined);
  return createError?.() ?? HttpErrors.INTERNAL_ERROR.create();
}

/** Builds the problem. `prefix` is the public path prefix of the service. */
export function toProblem(
  error: ApplicationError,
  requestId: string,
  prefix: string,
): Problem & Readonly<Record<string, unknown>> {
  const { code, kind, title } = error.definition;
  return {
    type: `${prefix}/problems/${code}`,
    title,
    status: statusOf[kind],
    detail: error.message,
    instance: requestId,
    code,
    ...(error.faults.length > 0 && { errors: error.faults }),
    ...error.extensions,
  };
}

function statusCodeOf(thrown: unknown): number | undefined {
  const hasStatusCode = typeof thrown === 'object' && thrown !== null && 'statusCode' in thrown;
  return hasStatusCode ? Number(thrown.statusCode) : undefined;
}
