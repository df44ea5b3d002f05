export { CacheVersion } from './cache-version.service';
export { CacheModule, FastPathModule } from './cache.module';
export { CACHED_HEADERS } from './http/cache-header-docs';
export type { RouteRequest } from './http/cached-route';
export { Cached } from './http/cached.interceptor';
