export { limitApiDocs } from './api-docs-rate-limit.provider';
export { ClientAddressesModule } from './client/client-addresses.module';
export { ClientAddresses } from './client/client-addresses.provider';
export { RATE_LIMIT_HEADERS } from './rate-limit-headers';
export { LimitedBy } from './rate-limit.decorator';
export { RateLimitErrors } from './rate-limit.errors';
export { RateLimitModule } from './rate-limit.module';
export { RateLimiter, type Admission } from './rate-limiter.service';
