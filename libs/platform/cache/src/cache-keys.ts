import { createHash } from 'node:crypto';

/** Part of a key in Redis, for a name that may be longer than a key should be. */
export function digestOf(name: string): string {
  return createHash('sha256').update(name).digest('base64url');
}
