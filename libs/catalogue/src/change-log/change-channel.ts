import type { RedisKeyOf } from '@platform/redis';

/** Redis channel whose messages signal that the change log has grown. */
export const changesChannel = (keyOf: RedisKeyOf) => keyOf('catalogue', 'changed', 1);
