import { SetMetadata } from '@nestjs/common';
import type { RateLimit } from './rate-limit-headers';

export const LIMITED_BY = Symbol('the limit of a route');

/** Counts a route against a limit other than the default, or against none. */
export const LimitedBy = (limit: RateLimit['name'] | 'nothing') => SetMetadata(LIMITED_BY, limit);
