/**
 * Decides which cached responses the changes of the catalogue have outdated. Follows the change log; a process that may
 * have missed a change outdates all its responses.
 */
import { ChangeFollower, type ChangeBatch, type ChangeListener, type ProducerPositionsById } from '@catalogue';
import { Injectable } from '@nestjs/common';
import { ResponseValidity, type Basis } from '@platform/cache';
import type { ResponseBasis } from './basis';
import { ChangeWindow } from './change-window';
import { FreshnessMetrics } from './freshness-metrics.service';
import { freshnessPolicy } from './freshness.policy';
import { isIndexed, resolve, type ResolvedChange } from './resolved-change';
import { WatchedResponses } from './watched-responses';

@Injectable()
export class CatalogueValidity extends ResponseValidity implements ChangeListener {
  private readonly window = new ChangeWindow(freshnessPolicy.windowChanges);
  private readonly watched = new WatchedResponses();
  private readonly listeners: ((urls: readonly string[]) => void)[] = [];

  constructor(
    private readonly follower: ChangeFollower,
    private readonly metrics: FreshnessMetrics,
  ) {
    super();
    follower.onChanges(this);
  }

  get version(): string {
    return String(this.window.lastPosition);
  }

  get isCurrent(): boolean {
    return this.follower.isCurrent;
  }

  refresh(): Promise<boolean> {
    return this.follower.follow();
  }

  isAhead(version: string): boolean {
    return Number(version) > this.window.lastPosition;
  }

  outdatedSince(version: string, basis: Basis): string | undefined {
    return this.window.outdatedSince(Number(version), basis as ResponseBasis);
  }

  watch(url: string, basis: Basis): void {
    this.watched.watch(url, basis as ResponseBasis);
  }

  unwatch(url: string): void {
    this.watched.unwatch(url);
  }

  onOutdated(listener: (urls: readonly string[]) => void): void {
    this.listeners.push(listener);
  }

  apply(batches: readonly ChangeBatch[], producers: ProducerPositionsById): void {
    for (const { position, changes } of batches) {
      const resolved = toResolved(changes, producers);
      this.window.push(position, resolved);
      for (const change of resolved) this.outdate(change);
    }
  }

  reset(position: number): void {
    this.window.reset(position);
    this.outdate({ kind: 'everything' });
  }

  private outdate(change: ResolvedChange): void {
    const checked = this.watched.size;
    const outdated = this.watched.outdatedBy(change);
    this.metrics.count(checked, [...outdated.values()]);
    if (outdated.size > 0) for (const listener of this.listeners) listener([...outdated.keys()]);
  }
}

/** Replaces many changes by `everything`. */
function toResolved(changes: ChangeBatch['changes'], producers: ProducerPositionsById): ResolvedChange[] {
  const resolved = changes.map((change) => resolve(change, producers));
  const indexed = resolved.filter(isIndexed);
  return indexed.length > freshnessPolicy.maxIndexedChanges ? [{ kind: 'everything' }] : resolved;
}
