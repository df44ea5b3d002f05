import { defineErrors } from '@platform/errors';

export const RateLimitErrors = defineErrors({
  TOO_MANY_REQUESTS: {
    kind: 'too-many-requests',
    title: 'Too many requests came from this address',
    remedy: 'Wait as long as the `Retry-After` header says; `RateLimit` tells with every answer how many are left.',
    message: (max: number, windowSeconds: number) => `At most ${max} requests in ${windowSeconds} s are answered`,
  },
});
