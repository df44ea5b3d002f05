/**
 * Names of everything kept in Redis: `farmlokal:<lib>:<thing>:v<schema>:<id>`. The schema version goes up when what
 * is stored there changes its form, so that two releases beside each other never read each other's values.
 */
export function redisKey(
  lib: 'auth' | 'cache' | 'products' | 'rate-limit' | 'webhook',
  thing: string,
  schemaVersion: number,
  id = '',
): string {
  return `farmlokal:${lib}:${thing}:v${schemaVersion}${id && `:${id}`}`;
}
