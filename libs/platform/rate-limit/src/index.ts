export { ClientAddressesModule } from './client-addresses.module';
export { ClientAddresses } from './client-addresses.provider';
export { limitApiDocs } from './api-docs-rate-limit.provider';
export { LimitedBy } from './rate-limit.decorator';
export { RATE_LIMIT_HEADERS } from './rate-limit-headers';
export { RateLimitErrors } from './rate-limit.errors';
export { RateLimitModule } from './rate-limit.module';
export { RateLimiter, type Admission } from './rate-limiter.service';
