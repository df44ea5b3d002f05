export { CacheModule, FastPathModule } from './cache.module';
export { CACHED_HEADERS } from './http/cache-header-docs';
export type { RouteRequest } from './http/cached-route';
export { Cached } from './http/cached.interceptor';
export { withBasis } from './http/response-basis';
export { ResponseValidity, type Basis } from './response-validity';
