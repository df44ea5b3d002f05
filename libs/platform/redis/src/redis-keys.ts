/**
 * Names of Redis keys and channels: `farmlokal:<namespace>:<lib>:<thing>:v<schema>:<id>`. The namespace identifies the
 * database, so that services with different databases can share a Redis. The schema version increases when the format
 * of the value changes, so that two releases running side by side never read each other's values.
 */
type Lib = 'auth' | 'cache' | 'catalogue' | 'products' | 'rate-limit' | 'redis' | 'webhook';

export type RedisKeyOf = (lib: Lib, thing: string, schemaVersion: number, id?: string) => string;

export function redisKeysOf(namespace: string): RedisKeyOf {
  return (lib, thing, schemaVersion, id = '') =>
    `farmlokal:${namespace}:${lib}:${thing}:v${schemaVersion}${id && `:${id}`}`;
}

/** Returns the ACL pattern of all keys and channels of a database. */
export function redisKeyPattern(namespace: string): string {
  return `farmlokal:${namespace}:*`;
}
