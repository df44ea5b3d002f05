import fc from 'fast-check';
import { rateOf, slowestOf } from './body-progress';

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
    expect(slowestOf(bodies, 1_000, GRACE_MS)).toBe(at === undefined ? undefined : bodies[at]);
  });

  it('is never a young one, and no other is slower', () => {
    const body = fc.record({ beganMs: fc.nat(2_000), receivedBytes: fc.nat(300_000) });
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
