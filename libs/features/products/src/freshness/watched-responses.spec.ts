import fc from 'fast-check';
import type { ResponseBasis } from './basis';
import { applyChange, catalogues, changes, requests, respond } from './catalogue-model.fake';
import { ChangeWindow } from './change-window';
import { outdatingRuleOf } from './outdating-rules';
import type { ResolvedChange } from './resolved-change';
import { WatchedResponses } from './watched-responses';

/** A catalogue with the bases of some of its responses, and changes that follow. */
const histories = fc
  .tuple(catalogues, fc.array(requests, { minLength: 1, maxLength: 12 }), fc.array(changes, { maxLength: 8 }))
  .map(([catalogue, asked, toChanges]) => {
    const bases = asked.flatMap((request) => respond(catalogue, request)?.basis ?? []);
    let current = catalogue;
    const resolved: ResolvedChange[] = [];
    for (const toChange of toChanges) {
      const applied = applyChange(current, toChange(current));
      current = applied.catalogue;
      if (applied.resolved !== undefined) resolved.push(applied.resolved);
    }
    return { bases, changes: resolved };
  });

describe('watched responses', () => {
  it('inverted maps: a change outdates the same responses as a test of each one', () => {
    fc.assert(
      fc.property(histories, ({ bases, changes: following }) => {
        const watched = new WatchedResponses();
        const remaining = new Map<string, ResponseBasis>(bases.map((basis, at) => [`/${at}`, basis]));
        for (const [url, basis] of remaining) watched.watch(url, basis);
        for (const change of following) {
          const expected = [...remaining].filter(([, basis]) => outdatingRuleOf(basis)(change) !== undefined);
          const outdated = watched.outdatedBy(change);
          expect([...outdated.keys()].sort()).toEqual(expected.map(([url]) => url).sort());
          for (const [url] of expected) remaining.delete(url);
          expect(watched.size).toBe(remaining.size);
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it('unwatch: a response that is no longer watched is not reported, and leaves nothing behind', () => {
    const watched = new WatchedResponses();
    watched.watch('/products/7', { kind: 'product', id: 7, producerId: 1 });
    watched.watch('/categories', { kind: 'categories' });
    watched.unwatch('/products/7');
    watched.unwatch('/unknown');
    expect([...watched.outdatedBy({ kind: 'everything' })]).toEqual([['/categories', 'everything']]);
    expect(watched.size).toBe(0);
  });

  it('watch: a response that replaces another is watched with its own basis', () => {
    const watched = new WatchedResponses();
    watched.watch('/p', { kind: 'product', id: 7, producerId: 1 });
    watched.watch('/p', { kind: 'product', id: 8, producerId: 1 });
    expect(watched.outdatedBy({ kind: 'product', id: 7, before: undefined, after: undefined }).size).toBe(0);
    expect(watched.outdatedBy({ kind: 'product', id: 8, before: undefined, after: undefined }).size).toBe(1);
  });
});

describe('change window', () => {
  it('late test: a response is outdated by the changes after its version, as if it had been watched', () => {
    fc.assert(
      fc.property(histories, fc.nat(), ({ bases, changes: following }, skipped) => {
        const window = new ChangeWindow(1_000);
        window.reset(100);
        following.forEach((change, at) => window.push(110 + 10 * at, [change]));
        const loadedAt = skipped % (following.length + 1);
        const version = loadedAt === 0 ? 100 : 100 + 10 * loadedAt;
        for (const basis of bases) {
          const expected = following.slice(loadedAt).some((change) => outdatingRuleOf(basis)(change) !== undefined);
          expect(window.outdatedSince(version, basis) !== undefined).toBe(expected);
        }
      }),
      { numRuns: 1_000 },
    );
  });

  const basis = { kind: 'product', id: 7, producerId: 1 } as const;
  const changeOf = (id: number): ResolvedChange => ({ kind: 'product', id, before: undefined, after: undefined });

  it('unknown version: a response from before the window, between its positions or after it is outdated', () => {
    const window = new ChangeWindow(1_000);
    window.reset(100);
    window.push(200, [changeOf(8)]);
    expect([99, 100, 150, 200, 201].map((version) => window.outdatedSince(version, basis))).toEqual([
      'unknown',
      undefined,
      'unknown',
      undefined,
      'unknown',
    ]);
  });

  it('bound: the window keeps the latest changes', () => {
    const window = new ChangeWindow(3);
    for (let position = 1; position <= 10; position++) window.push(position, [changeOf(position)]);
    expect(window.outdatedSince(6, basis)).toBe('unknown');
    expect(window.outdatedSince(7, { ...basis, id: 8 })).toBe('shown');
    expect(window.outdatedSince(7, { ...basis, id: 7 })).toBeUndefined();
    window.push(11, [changeOf(1), changeOf(2), changeOf(3), changeOf(4)]);
    expect(window.outdatedSince(10, basis)).toBe('unknown');
    expect(window.outdatedSince(11, basis)).toBeUndefined();
  });

  it('reset: all versions before it are unknown', () => {
    const window = new ChangeWindow(10);
    window.push(1, [changeOf(7)]);
    window.reset(5);
    expect(window.outdatedSince(1, basis)).toBe('unknown');
    expect(window.outdatedSince(5, basis)).toBeUndefined();
  });
});
