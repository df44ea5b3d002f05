import { createHash } from 'node:crypto';

/** Returns a digest for Redis keys of names that may be too long for a key. */
export function digestOf(name: string): string {
  return createHash('sha256').update(name).digest('base64url');
}
