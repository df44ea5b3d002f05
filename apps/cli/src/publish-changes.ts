/** A command ends when its changes are published: until then other processes do not know that their caches are outdated. */
import type { INestApplicationContext } from '@nestjs/common';
import { CacheVersion } from '@platform/cache';
import { AppConfig } from '@platform/config';
import { Clock } from '@platform/resilience';

const TRIES = 10;
const PAUSE_MS = 500;

/** Without Redis, changes are seen when pages expire; if Redis is only away, an operator has to know. */
export async function publishChanges(app: INestApplicationContext): Promise<void> {
  const { redis, cache } = app.get(AppConfig);
  const version = app.get(CacheVersion);
  if (redis === undefined) return;
  for (let tries = 1; version.isPending && tries < TRIES; tries++) {
    await app.get(Clock).sleep(PAUSE_MS);
    await version.invalidate();
  }
  if (!version.isPending) return;
  process.stderr.write(
    `Redis could not be reached, and running processes have not invalidated their caches: they may serve pages from before this command for ${cache.ttlSeconds} s, and each page once more after that.\n`,
  );
}
