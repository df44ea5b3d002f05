export { LimitedBy } from './rate-limit.decorator';
export { RateLimitErrors } from './rate-limit.errors';
export { RateLimitModule } from './rate-limit.module';
export { RateLimiter } from './rate-limiter.service';
