import fc from 'fast-check';
import { Histogram, Registry } from 'prom-client';
import { SeriesHistogram } from './series-histogram';

it('metrics: SeriesHistogram exposes the same lines as a prom-client histogram', async () => {
  const description = {
    name: 'took_seconds',
    help: 'Duration',
    labelNames: ['route'] as const,
    buckets: [0.1, 1, 10],
  };
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ route: fc.constantFrom('/a', '/b'), value: fc.integer({ min: 0, max: 200 }) })),
      async (observations) => {
        const [expectedRegistry, registry] = [new Registry(), new Registry()];
        const expected = new Histogram({
          ...description,
          buckets: [...description.buckets],
          registers: [expectedRegistry],
        });
        const histogram = new SeriesHistogram(description, registry);
        const series = new Map<string, ReturnType<typeof histogram.series>>();
        for (const { route, value } of observations) {
          if (!series.has(route)) series.set(route, histogram.series({ route }));
          series.get(route)?.observe(value / 10);
          expected.observe({ route }, value / 10);
        }
        expect(linesOf(await registry.metrics())).toEqual(linesOf(await expectedRegistry.metrics()));
      },
    ),
  );
});

/** Values are added in the same order, so the sums are equal to the last digit. */
const linesOf = (exposition: string) =>
  exposition
    .split('\n')
    .filter((line) => line !== '')
    .sort();
