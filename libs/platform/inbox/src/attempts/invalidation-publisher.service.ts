/**
 * Publishes the invalidation of caches after the commit of a change, and records the publication. If the process dies
 * in between, orphan recovery publishes it in another process. Publishing twice is harmless.
 */
import { Injectable } from '@nestjs/common';
import { CacheVersion } from '@platform/cache';
import { Failpoints } from '@platform/resilience';
import { WorkRepository } from './work.repository';

@Injectable()
export class InvalidationPublisher {
  private readonly published: number[] = [];

  constructor(
    private readonly cacheVersion: CacheVersion,
    private readonly work: WorkRepository,
    private readonly failpoints: Failpoints,
  ) {}

  async publish(...ids: number[]): Promise<void> {
    await this.failpoints.at('wk.committed');
    await this.cacheVersion.invalidate();
    await this.failpoints.at('wk.published');
    this.published.push(...ids);
  }

  /** Records publications in a batch, because no caller waits for it. */
  async recordPublished(): Promise<void> {
    const ids = this.published.splice(0);
    if (ids.length > 0) await this.work.markPublished(ids);
  }
}
