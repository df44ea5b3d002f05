import { figuresBetween, parsePathCounts } from './path-figures';

const exposition = (count: number, sum: number, within10Ms: number) => `
# TYPE farmlokal_catalogue_read_duration_seconds histogram
farmlokal_catalogue_read_duration_seconds_bucket{le="0.005",path="index-scan",outcome="read"} 1
farmlokal_catalogue_read_duration_seconds_bucket{le="0.01",path="index-scan",outcome="read"} ${within10Ms}
farmlokal_catalogue_read_duration_seconds_bucket{le="0.1",path="index-scan",outcome="read"} ${count}
farmlokal_catalogue_read_duration_seconds_sum{path="index-scan",outcome="read"} ${sum}
farmlokal_catalogue_read_duration_seconds_count{path="index-scan",outcome="read"} ${count}
farmlokal_catalogue_plan_fallbacks_total{path="index-scan"} 3
`;

describe('figures of an access path', () => {
  it('metrics: the figures are those between two scrapes', () => {
    const before = parsePathCounts(exposition(10, 0.05, 10));
    const after = parsePathCounts(exposition(30, 0.25, 25));
    expect(figuresBetween(before, after)).toEqual({
      'index-scan': { reads: 20, meanMs: 10, within10Ms: 75, within100Ms: 100 },
    });
  });

  it('metrics: a path that was not used is omitted', () => {
    const once = parsePathCounts(exposition(10, 0.05, 10));
    expect(figuresBetween(once, once)).toEqual({});
    expect(parsePathCounts('process_cpu_seconds_total 3\n').size).toBe(0);
  });
});
