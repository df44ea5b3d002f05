import { SetMetadata } from '@nestjs/common';
import type { RateLimit } from './rate-limit-headers';

export const LIMITED_BY = Symbol('rate limit of a route');

/** Counts the requests of a route against another limit than the default, or does not limit them. */
export const LimitedBy = (limit: RateLimit['name'] | 'nothing') => SetMetadata(LIMITED_BY, limit);
