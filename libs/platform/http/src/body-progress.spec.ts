import fc from 'fast-check';
import { newestOfLargestShare, rateOf, slowestOf } from './body-progress';

const GRACE_MS = 250;

describe('the slowest body', () => {
  it.each([
    ['none, if none is being read', [], undefined],
    ['none, if all are younger than the grace time', [{ beganMs: 751, receivedBytes: 0 }], undefined],
    ['one as old as the grace time', [{ beganMs: 750, receivedBytes: 9 }], 0],
    [
      'the one with the lowest rate, not the one with the fewest bytes',
      [
        { beganMs: 0, receivedBytes: 100 },
        { beganMs: 700, receivedBytes: 50 },
      ],
      0,
    ],
    [
      'the first of equals',
      [
        { beganMs: 0, receivedBytes: 1 },
        { beganMs: 0, receivedBytes: 1 },
      ],
      0,
    ],
  ])('is %s', (_, bodies, at) => {
    const ofOneClient = bodies.map((body) => ({ client: 'a', ...body }));
    expect(slowestOf(ofOneClient, 1_000, GRACE_MS)).toBe(at === undefined ? undefined : ofOneClient[at]);
  });

  it('is never a young one, and no other is slower', () => {
    const body = fc.record({ client: fc.constant('a'), beganMs: fc.nat(2_000), receivedBytes: fc.nat(300_000) });
    fc.assert(
      fc.property(fc.array(body), (bodies) => {
        const old = bodies.filter(({ beganMs }) => 2_000 - beganMs >= GRACE_MS);
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

describe('the newest body of the client with the largest share', () => {
  const bodiesOf = (clients: string) =>
    [...clients].map((client, at) => ({ client, beganMs: at * 10, receivedBytes: 0 }));

  it.each([
    ['is none, if no body is being read', '', 'b', undefined],
    ['gives its place to a client with fewer', 'aab', 'b', 1],
    ['gives its place to a client without any', 'abaab', 'c', 3],
    ['is none for the client that has most itself', 'aab', 'a', undefined],
    ['is none for a client that has as many', 'abab', 'b', undefined],
  ])('%s', (_, clients, client, at) => {
    const bodies = bodiesOf(clients);
    expect(newestOfLargestShare(bodies, client)).toBe(at === undefined ? undefined : bodies[at]);
  });
});
