import fc from 'fast-check';
import { Histogram, Registry } from 'prom-client';
import { SeriesHistogram } from './series-histogram';

it('metrics: SeriesHistogram exposes the same lines as a histogram of prom-client', async () => {
  const described = {
    name: 'took_seconds',
    help: 'How long it took',
    labelNames: ['route'] as const,
    buckets: [0.1, 1, 10],
  };
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ route: fc.constantFrom('/a', '/b'), value: fc.integer({ min: 0, max: 200 }) })),
      async (seen) => {
        const [theirs, ours] = [new Registry(), new Registry()];
        const expected = new Histogram({ ...described, buckets: [...described.buckets], registers: [theirs] });
        const histogram = new SeriesHistogram(described, ours);
        const series = new Map<string, ReturnType<typeof histogram.series>>();
        for (const { route, value } of seen) {
          if (!series.has(route)) series.set(route, histogram.series({ route }));
          series.get(route)?.observe(value / 10);
          expected.observe({ route }, value / 10);
        }
        expect(linesOf(await ours.metrics())).toEqual(linesOf(await theirs.metrics()));
      },
    ),
  );
});

/** Sums that were added in the same order are the same to the last digit. */
const linesOf = (exposition: string) =>
  exposition
    .split('\n')
    .filter((line) => line !== '')
    .sort();
