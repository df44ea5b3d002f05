/**
 * Responses that are tested against each change, found by inverted maps: by the products that they show, and by their
 * filter, which is evaluated once for all pages that share it. So the cost of a change depends on the number of
 * filters, not on the number of responses.
 */
import { shownBy, type ListBasis, type ResponseBasis } from './basis';
import {
  categoryRule,
  compileFilter,
  listRule,
  producerRule,
  transitionIn,
  type CompiledFilter,
  type Rule,
} from './outdating-rules';
import type { ProductTransition, ResolvedChange } from './resolved-change';

interface Watched {
  readonly url: string;
  readonly basis: ResponseBasis;
}

type WatchedList = Watched & { readonly basis: ListBasis };

interface FilterGroup {
  readonly key: string;
  readonly matches: CompiledFilter;
  readonly lists: Set<WatchedList>;
}

/** Outdated responses: rule by URL. */
type Outdated = Map<string, Rule>;

export class WatchedResponses {
  private readonly byUrl = new Map<string, Watched>();
  private readonly byProduct = new Map<number, Set<Watched>>();
  private readonly groups = new Map<string, FilterGroup>();
  private readonly categories = new Set<Watched>();

  get size(): number {
    return this.byUrl.size;
  }

  watch(url: string, basis: ResponseBasis): void {
    this.unwatch(url);
    const watched = { url, basis };
    this.byUrl.set(url, watched);
    for (const id of shownBy(basis)) add(this.byProduct, id, watched);
    if (basis.kind === 'categories') this.categories.add(watched);
    if (isList(watched)) this.groupOf(watched.basis).lists.add(watched);
  }

  unwatch(url: string): void {
    const watched = this.byUrl.get(url);
    if (watched === undefined) return;
    this.byUrl.delete(url);
    for (const id of shownBy(watched.basis)) remove(this.byProduct, id, watched);
    this.categories.delete(watched);
    if (!isList(watched)) return;
    const group = this.groupOf(watched.basis);
    group.lists.delete(watched);
    if (group.lists.size === 0) this.groups.delete(group.key);
  }

  /** Returns the responses that the change outdates, and no longer watches them. */
  outdatedBy(change: ResolvedChange): Outdated {
    const outdated: Outdated = new Map();
    if (change.kind === 'product') this.collectByProduct(change, outdated);
    else
      for (const { url, basis } of this.byUrl.values()) {
        const rule = change.kind === 'everything' ? 'everything' : producerRule(basis, change.producerId);
        if (rule !== undefined) outdated.set(url, rule);
      }
    for (const url of outdated.keys()) this.unwatch(url);
    return outdated;
  }

  private collectByProduct(change: ProductTransition, outdated: Outdated): void {
    for (const { url } of this.byProduct.get(change.id) ?? []) outdated.set(url, 'shown');
    if (change.before === undefined && change.after === undefined) return;
    const ofCategories = categoryRule(change);
    if (ofCategories !== undefined) for (const { url } of this.categories) outdated.set(url, ofCategories);
    for (const group of this.groups.values()) collectInGroup(group, change, outdated);
  }

  private groupOf({ filter }: ListBasis): FilterGroup {
    const key = JSON.stringify(filter);
    let group = this.groups.get(key);
    if (group === undefined) {
      group = { key, matches: compileFilter(filter), lists: new Set() };
      this.groups.set(key, group);
    }
    return group;
  }
}

function collectInGroup({ matches, lists }: FilterGroup, change: ProductTransition, outdated: Outdated): void {
  const transition = transitionIn(matches, change);
  if (!transition.was && !transition.is) return;
  for (const { url, basis } of lists) {
    if (outdated.has(url)) continue;
    const rule = listRule(basis, change, transition);
    if (rule !== undefined) outdated.set(url, rule);
  }
}

function isList(watched: Watched): watched is WatchedList {
  return watched.basis.kind === 'list';
}

function add(sets: Map<number, Set<Watched>>, id: number, watched: Watched): void {
  const set = sets.get(id);
  if (set === undefined) sets.set(id, new Set([watched]));
  else set.add(watched);
}

function remove(sets: Map<number, Set<Watched>>, id: number, watched: Watched): void {
  const set = sets.get(id);
  set?.delete(watched);
  if (set?.size === 0) sets.delete(id);
}
