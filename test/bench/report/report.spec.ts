import type { CatalogueQuery } from '../matrix';
import type { MeasuredResponse } from '../measured-response';
import { toChart } from './chart';
import { compare, describe as describeAnswers, worstOf } from './report';
import { summarise } from './statistics';
import { toText } from './text-report';

const query = (page: number): CatalogueQuery => ({ group: 'no search', sort: 'price', order: 'asc', page });
const response = (of: CatalogueQuery, latencyMs: number, total = 7): MeasuredResponse => ({
  query: of,
  address: `/products?sort=price&page=${of.page}`,
  isCursor: false,
  latencyMs,
  status: 200,
  body: { pagination: { total, totalRelation: 'eq' } },
});

describe('latency percentiles', () => {
  it('nearest rank: percentiles are latencies that were measured', () => {
    const latenciesMs = Array.from({ length: 200 }, (_, index) => 200 - index);
    expect(summarise(latenciesMs)).toEqual({ requests: 200, p50Ms: 100, p95Ms: 190, p99Ms: 198, worstMs: 200 });
    expect(summarise([3])).toEqual({ requests: 1, p50Ms: 3, p95Ms: 3, p99Ms: 3, worstMs: 3 });
  });

  it('nearest rank: an empty measurement is refused', () => {
    expect(() => summarise([])).toThrow('nothing was measured');
  });
});

describe('benchmark report', () => {
  const queries = [query(1), query(2), query(3)];
  const own = queries.map((of, index) => response(of, index + 1));
  const comparison = compare(
    'A & B',
    [response(query(1), 9)].map((theirs) => ({ ...theirs, query: queries[1] ?? query(2) })),
    own,
  );

  it('comparison: only queries that both have measured are compared', () => {
    expect(comparison).toMatchObject({
      theirs: { requests: 1, p95Ms: 9 },
      own: { requests: 1, p95Ms: 2 },
      p95Ratio: 4.5,
      totals: { compared: 1, different: 0 },
    });
  });

  it('output: the text has the slowest queries, and the chart is escaped and without NaN', () => {
    const report = {
      facts: { rows: 1_000, server: 'MariaDB', cpu: 'a <cpu>', cores: 2, memoryGib: 8, node: 'v20' },
      own: {
        ...describeAnswers(own),
        byPath: { 'index-scan': { reads: 7, meanMs: 1.2, within10Ms: 98, within100Ms: 100 } },
      },
      comparisons: [comparison],
      worst: worstOf(own),
    };
    expect(toText(report)).toContain('3.0  /products?sort=price&page=3');
    expect(toChart(report)).toContain('a &lt;cpu>');
    expect(toChart(report)).not.toMatch(/NaN|undefined/);
  });
});
