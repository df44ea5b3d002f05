import { defineErrors, type Fault } from '@platform/errors';
import { httpPolicy } from './http.policy';

/** What the HTTP layer itself refuses, before any feature is asked. */
export const HttpErrors = defineErrors({
  INVALID_PARAMETERS: {
    kind: 'invalid',
    title: 'Some parameters cannot be used',
    remedy: 'Each entry of `errors` names a parameter, what is wrong with it and what is allowed.',
    message: (faults: readonly Fault[], total = faults.length) => {
      const details = faults.slice(0, httpPolicy.maxFaultsInDetail).map((fault) => fault.detail);
      const more = total - details.length;
      return [...details, ...(more > 0 ? [`and ${more} more`] : [])].join('; ');
    },
    faults: (faults: readonly Fault[]) => faults,
  },
  MALFORMED_REQUEST: {
    kind: 'invalid',
    title: 'The request is not well-formed',
    remedy: 'Check the percent-encoding of the address, the headers and the syntax of the body.',
    message: () => 'The request could not be understood',
  },
  ROUTE_NOT_FOUND: {
    kind: 'not-found',
    title: 'There is nothing at this address',
    remedy: 'See /docs for the addresses this service has.',
    message: () => 'This service has nothing at this address',
  },
  METHOD_NOT_ALLOWED: {
    kind: 'method-not-allowed',
    title: 'This address does not support the method',
    remedy: 'Use one of the methods in the `Allow` header.',
    message: (method: string, allowed: readonly string[]) =>
      `${method} is not supported here; use ${allowed.join(', ')}`,
  },
  NOT_ACCEPTABLE: {
    kind: 'not-acceptable',
    title: 'There is nothing here of the kind that `Accept` asks for',
    remedy: 'Accept one of the media types that `detail` names, or anything.',
    message: (types: readonly string[]) => `Answers here are ${types.join(' or ')}`,
  },
  REQUEST_TIMEOUT: {
    kind: 'timeout',
    title: 'The request took too long to arrive',
    remedy: 'Send the whole request without pauses.',
    message: () => 'The request did not arrive in time',
  },
  BODY_TOO_LARGE: {
    kind: 'body-too-large',
    title: 'The body is too large',
    remedy: 'Send a smaller body.',
    message: () => 'The body is larger than this address accepts',
  },
  ADDRESS_TOO_LONG: {
    kind: 'address-too-long',
    title: 'The address is too long',
    remedy: 'Shorten the parameter that `errors` names.',
    message: (faults: readonly Fault[]) => faults.map((fault) => fault.detail).join('; ') || 'The address is too long',
    faults: (faults: readonly Fault[]) => faults,
  },
  UNSUPPORTED_MEDIA_TYPE: {
    kind: 'unsupported-media-type',
    title: 'The content type is not supported',
    remedy: 'Send the body as application/json.',
    message: () => 'The body has a content type that is not accepted here',
  },
  EXPECTATION_FAILED: {
    kind: 'expectation-failed',
    title: 'What `Expect` asks for cannot be done',
    remedy: 'Leave the `Expect` header out; `100-continue` is the only one that is known.',
    message: () => 'The Expect header asks for something that is not known here',
  },
  HEADERS_TOO_LARGE: {
    kind: 'headers-too-large',
    title: 'The headers are too large',
    remedy: 'Send fewer or shorter headers; 100 of them and 16 KiB in all are accepted.',
    message: () => 'The request has more than 100 headers, or they are larger than 16 KiB',
  },
  UNAVAILABLE: {
    kind: 'unavailable',
    title: 'The service cannot answer now',
    remedy: 'Try again after the time in the `Retry-After` header.',
    message: () => 'The service cannot answer at the moment',
  },
  OVERLOADED: {
    kind: 'unavailable',
    title: 'The service has more to do than it can',
    remedy: 'Try again after the time in the `Retry-After` header.',
    message: () => 'The service is behind with its work and takes no more of it at the moment',
  },
  INTERNAL_ERROR: {
    kind: 'internal',
    title: 'Something went wrong on our side',
    remedy: 'Try again later; tell us the request id in `instance` when it stays.',
    message: () => 'An unexpected error happened; it was logged under this request id',
  },
});
