import { defineErrors } from '@platform/errors';

export const RateLimitErrors = defineErrors({
  TOO_MANY_REQUESTS: {
    kind: 'too-many-requests',
    title: 'Too many requests from this client',
    remedy:
      'Try again after the time in the `Retry-After` header. `RateLimit` states the remaining requests in each response.',
    message: (max: number, windowSeconds: number) => `The limit of ${max} requests per ${windowSeconds} s is exceeded.`,
  },
});
