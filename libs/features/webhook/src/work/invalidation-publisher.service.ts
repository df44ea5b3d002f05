/**
 * Tells the caches of a change once it is committed, and remembers that they were told. A change that nobody told of,
 * because its process was gone, is told by whoever finds it; telling twice is harmless.
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

  /** Together, since nobody waits for it. */
  async recordPublished(): Promise<void> {
    const ids = this.published.splice(0);
    if (ids.length > 0) await this.work.markPublished(ids);
  }
}
