import { defineErrors, type Fault } from '@platform/errors';
import { httpPolicy } from '../http.policy';

/** Errors of the HTTP layer, which no feature throws itself. */
export const HttpErrors = defineErrors({
  INVALID_PARAMETERS: {
    kind: 'invalid',
    title: 'Some parameters are invalid',
    remedy: 'Correct the parameters that `errors` lists; each entry states what is allowed.',
    message: (faults: readonly Fault[], total = faults.length) => {
      const details = faults.slice(0, httpPolicy.maxFaultsInDetail).map((fault) => fault.detail);
      const more = total - details.length;
      return [...details, ...(more > 0 ? [`and ${more} more`] : [])].join('; ');
    },
    faults: (faults: readonly Fault[]) => faults,
  },
  MALFORMED_REQUEST: {
    kind: 'invalid',
    title: 'The request is malformed',
    remedy: 'Check the percent-encoding of the URL, the headers and the syntax of the body.',
    message: () => 'The request could not be parsed.',
  },
  ROUTE_NOT_FOUND: {
    kind: 'not-found',
    title: 'No resource exists at this URL',
    remedy: 'See `/docs` for the available URLs.',
    message: () => 'This service has no resource at this URL.',
  },
  METHOD_NOT_ALLOWED: {
    kind: 'method-not-allowed',
    title: 'The method is not supported at this URL',
    remedy: 'Use one of the methods in the `Allow` header.',
    message: (method: string, allowed: readonly string[]) =>
      `${method} is not supported at this URL. Supported methods: ${allowed.join(', ')}.`,
  },
  NOT_ACCEPTABLE: {
    kind: 'not-acceptable',
    title: 'No acceptable representation is available',
    remedy: 'Accept one of the media types in `detail`, or `*/*`.',
    message: (types: readonly string[]) => `Available media types: ${types.join(', ')}.`,
  },
  REQUEST_TIMEOUT: {
    kind: 'timeout',
    title: 'The request took too long to arrive',
    remedy: 'Send the whole request without pauses.',
    message: () => 'The request did not arrive in time.',
  },
  BODY_TOO_LARGE: {
    kind: 'body-too-large',
    title: 'The request body is too large',
    remedy: 'Send a smaller body.',
    message: () => 'The request body exceeds the limit of this URL.',
  },
  ADDRESS_TOO_LONG: {
    kind: 'address-too-long',
    title: 'The URL is too long',
    remedy: 'Shorten the parameter that `errors` names, or the path.',
    message: (faults: readonly Fault[]) => faults.map((fault) => fault.detail).join('; ') || 'The URL is too long.',
    faults: (faults: readonly Fault[]) => faults,
  },
  UNSUPPORTED_MEDIA_TYPE: {
    kind: 'unsupported-media-type',
    title: 'The content type or content coding is not supported',
    remedy: 'Send the body as `application/json` without compression.',
    message: () => 'The content type or content coding of the body is not supported.',
  },
  EXPECTATION_FAILED: {
    kind: 'expectation-failed',
    title: 'The expectation in `Expect` is not supported',
    remedy: 'Remove the `Expect` header, or send `100-continue`.',
    message: () => '`100-continue` is the only supported value of the `Expect` header.',
  },
  HEADERS_TOO_LARGE: {
    kind: 'headers-too-large',
    title: 'The headers are too large',
    remedy: 'Send at most 100 headers with at most 16 KiB in total.',
    message: () => 'The request has more than 100 headers or more than 16 KiB of headers.',
  },
  UNAVAILABLE: {
    kind: 'unavailable',
    title: 'The service is temporarily unavailable',
    remedy: 'Try again after the time in the `Retry-After` header.',
    message: () => 'The service cannot process the request at the moment.',
  },
  OVERLOADED: {
    kind: 'unavailable',
    title: 'The service is overloaded',
    remedy: 'Try again after the time in the `Retry-After` header.',
    message: () => 'The service is overloaded and refuses requests at the moment.',
  },
  INTERNAL_ERROR: {
    kind: 'internal',
    title: 'An internal error occurred',
    remedy: 'Try again later. If the error persists, report the request id in `instance`.',
    message: () => 'An unexpected error occurred. The log contains it under this request id.',
  },
});
