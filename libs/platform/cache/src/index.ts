export { CacheModule, FastLaneModule } from './cache.module';
export { CacheVersion } from './cache-version.service';
export { CACHED_HEADERS } from './cached-headers';
export type { AskedFor } from './cached-route';
export { Cached } from './cached.interceptor';
