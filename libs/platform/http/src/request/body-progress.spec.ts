import fc from 'fast-check';
import { newestOfLargestShare, rateOf, slowestOf } from './body-progress';

const GRACE_MS = 250;

describe('slow body', () => {
  it.each([
    ['none, if no body is being read', [], undefined],
    ['none, if all bodies are younger than the grace time', [{ startedMs: 751, receivedBytes: 0 }], undefined],
    ['a body as old as the grace time', [{ startedMs: 750, receivedBytes: 9 }], 0],
    [
      'the one with the lowest rate, not the one with the fewest bytes',
      [
        { startedMs: 0, receivedBytes: 100 },
        { startedMs: 700, receivedBytes: 50 },
      ],
      0,
    ],
    [
      'the first of two equally slow ones',
      [
        { startedMs: 0, receivedBytes: 1 },
        { startedMs: 0, receivedBytes: 1 },
      ],
      0,
    ],
  ])('slow body: the slowest is %s', (_, bodies, at) => {
    const ofOneClient = bodies.map((body) => ({ client: 'a', ...body }));
    expect(slowestOf(ofOneClient, 1_000, GRACE_MS)).toBe(at === undefined ? undefined : ofOneClient[at]);
  });

  it('slow body: the slowest is past the grace time, and no other such body has a lower rate', () => {
    const body = fc.record({ client: fc.constant('a'), startedMs: fc.nat(2_000), receivedBytes: fc.nat(300_000) });
    fc.assert(
      fc.property(fc.array(body), (bodies) => {
        const old = bodies.filter(({ startedMs }) => 2_000 - startedMs >= GRACE_MS);
        const slowest = slowestOf(bodies, 2_000, GRACE_MS);
        expect(slowest === undefined).toBe(old.length === 0);
        if (slowest !== undefined) {
          expect(old).toContain(slowest);
          expect(rateOf(slowest, 2_000)).toBe(Math.min(...old.map((each) => rateOf(each, 2_000))));
        }
      }),
    );
  });
});

describe('fair share of request bodies', () => {
  const bodiesOf = (clients: string) =>
    [...clients].map((client, at) => ({ client, startedMs: at * 10, receivedBytes: 0 }));

  it.each([
    ['no body is evicted if none is being read', '', 'b', undefined],
    ['the newest body of the client with the most is evicted for a client with fewer', 'aab', 'b', 1],
    ['the newest body of the client with the most is evicted for a client without any', 'abaab', 'c', 3],
    ['no body is evicted for the client with the most', 'aab', 'a', undefined],
    ['no body is evicted for a client with as many', 'abab', 'b', undefined],
  ])('fair share: %s', (_, clients, client, at) => {
    const bodies = bodiesOf(clients);
    expect(newestOfLargestShare(bodies, client)).toBe(at === undefined ? undefined : bodies[at]);
  });
});
