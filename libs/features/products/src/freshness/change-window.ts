/**
 * The latest changes, with which a response that was loaded some changes ago is tested: one that another process has
 * stored, or one whose load took some time. A response from before the window counts as outdated.
 */
import { shownBy, type ResponseBasis } from './basis';
import { outdatingRuleOf, type Rule } from './outdating-rules';
import { isIndexed, type ResolvedChange } from './resolved-change';

interface Batch {
  readonly position: number;
  readonly changedIds: readonly number[];
  /** Changes that can affect responses which do not show their product. */
  readonly indexed: readonly ResolvedChange[];
}

export class ChangeWindow {
  /** The first one has no changes: the window begins after it. */
  private batches: Batch[] = [startAt(0)];
  private size = 0;
  private readonly lastPositionOfProduct = new Map<number, number>();

  /** `maxChanges` bounds the memory; a change takes at most a kilobyte, usually a tenth of it. */
  constructor(private readonly maxChanges: number) {}

  get lastPosition(): number {
    return this.batches.at(-1)!.position;
  }

  /** Begins again after this position. */
  reset(position: number): void {
    this.batches = [startAt(position)];
    this.size = 0;
    this.lastPositionOfProduct.clear();
  }

  push(position: number, changes: readonly ResolvedChange[]): void {
    const changedIds = changes.flatMap((change) => (change.kind === 'product' ? [change.id] : []));
    const indexed = changes.filter(isIndexed);
    for (const id of changedIds) this.lastPositionOfProduct.set(id, position);
    this.batches.push({ position, changedIds, indexed });
    this.size += changes.length;
    while (this.size > this.maxChanges) this.dropFirst();
  }

  /** Returns the rule by which a change after `position` has outdated the response; `unknown` if it is not in the window. */
  outdatedSince(position: number, basis: ResponseBasis): Rule | 'unknown' | undefined {
    const at = this.indexOf(position);
    if (at === undefined) return 'unknown';
    if (at === this.batches.length - 1) return undefined;
    if (shownBy(basis).some((id) => (this.lastPositionOfProduct.get(id) ?? -1) > position)) return 'shown';
    const ruleOf = outdatingRuleOf(basis);
    for (const { indexed } of this.batches.slice(at + 1))
      for (const change of indexed) {
        const rule = ruleOf(change);
        if (rule !== undefined) return rule;
      }
    return undefined;
  }

  /** Binary search. */
  private indexOf(position: number): number | undefined {
    let low = 0;
    let high = this.batches.length - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.batches[middle]!.position < position) low = middle + 1;
      else high = middle;
    }
    return this.batches[low]!.position === position ? low : undefined;
  }

  private dropFirst(): void {
    this.batches.shift();
    const [{ position, changedIds, indexed }] = this.batches as [Batch];
    this.size -= changedIds.length + indexed.filter(({ kind }) => kind !== 'product').length;
    for (const id of changedIds)
      if (this.lastPositionOfProduct.get(id) === position) this.lastPositionOfProduct.delete(id);
    this.batches[0] = startAt(position);
  }
}

function startAt(position: number): Batch {
  return { position, changedIds: [], indexed: [] };
}
