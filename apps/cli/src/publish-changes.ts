/** A command ends after its changes are published, because until then other processes serve outdated pages. */
import type { INestApplicationContext } from '@nestjs/common';
import { CacheVersion } from '@platform/cache';
import { AppConfig } from '@platform/config';
import { Clock } from '@platform/resilience';

const MAX_ATTEMPTS = 10;
const RETRY_DELAY_MS = 500;

/** Publishes the invalidation with retries, and warns the operator if Redis stays unavailable. */
export async function publishChanges(app: INestApplicationContext): Promise<void> {
  const { redis, cache } = app.get(AppConfig);
  const version = app.get(CacheVersion);
  if (redis === undefined) return;
  for (let attempt = 1; version.isPending && attempt < MAX_ATTEMPTS; attempt++) {
    await app.get(Clock).sleep(RETRY_DELAY_MS);
    await version.invalidate();
  }
  if (!version.isPending) return;
  process.stderr.write(
    `Redis could not be reached, so running processes have not invalidated their caches. They may serve outdated pages for ${cache.ttlSeconds} s, and each page once more after that.\n`,
  );
}
