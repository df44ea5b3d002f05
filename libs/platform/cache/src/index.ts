export { CacheModule, FastPathModule } from './cache.module';
export { CacheVersion } from './cache-version.service';
export { CACHED_HEADERS } from './cache-header-docs';
export type { RouteRequest } from './cached-route';
export { Cached } from './cached.interceptor';
