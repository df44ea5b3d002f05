import type { Connection } from 'mysql2/promise';
import { chanceFrom } from '../../support/chance';
import { toLiveChart } from './live-chart';
import { failuresIn, toLiveText, type LiveReport, type LoadResult } from './live-report';
import { PAGE_COUNT, readPages } from './pages';
import { RESERVED_PRODUCTS, StockEvents } from './stock-events';
import { zipfIndexes } from './zipf';

describe('load of the live benchmark', () => {
  it('pages: they are distinct, and the same on every call', () => {
    const pages = readPages(100_000);
    expect(new Set(pages.map(({ path, isNext }) => `${path} ${isNext}`)).size).toBe(PAGE_COUNT);
    expect(readPages(100_000)).toEqual(pages);
  });

  it('Zipf: the first index is twice as frequent as the second, and the last one occurs', () => {
    const next = zipfIndexes(100, chanceFrom(1));
    const counts = new Array<number>(100).fill(0);
    for (let draw = 0; draw < 100_000; draw++) counts[next()]! += 1;
    expect(counts[0]! / counts[1]!).toBeCloseTo(2, 0);
    expect(counts[99]).toBeGreaterThan(0);
  });

  it('events: one in twenty changes crosses between sold out and in stock, and every one changes a stock', async () => {
    const rows = 2_000;
    const stocks = Array.from({ length: rows }, (_, at) => ({ id: at + 1, stock: at % 12 === 0 ? 0 : 5 }));
    const events = new StockEvents(rows, 0);
    await events.readStocks({ query: () => Promise.resolve([stocks]) } as unknown as Connection);
    const known = new Map(stocks.map(({ id, stock }) => [id, stock]));
    let crossings = 0;
    for (let version = 1; version <= 10_000; version++) {
      const event = JSON.parse(events.next().body) as { id: string; version: number; data: { stock: number } };
      const id = Number(event.id.slice('demo-'.length));
      expect(event.version).toBe(version);
      expect(id).toBeGreaterThan(RESERVED_PRODUCTS);
      expect(event.data.stock).not.toBe(known.get(id));
      if (event.data.stock > 0 !== known.get(id)! > 0) crossings += 1;
      known.set(id, event.data.stock);
    }
    expect(crossings).toBeGreaterThan(400);
    expect(crossings).toBeLessThan(600);
  });
});

describe('report of the live benchmark', () => {
  const reads = { count: 4_500, hitPercent: 95.8, p50Ms: 0.5, p95Ms: 1.4, p99Ms: 3.7, processMsPerRead: 0.41 };
  const load = (version: LoadResult['version'], eventsPerSecond: number, failed = 0): LoadResult => ({
    ...{ name: `${eventsPerSecond} events/s`, version, eventsPerSecond, reads },
    ...{
      acceptedPerSecond: eventsPerSecond,
      appliedPerSecond: eventsPerSecond,
      failed,
      failures: { 'GET 503': failed },
    },
  });
  const report: LiveReport = {
    facts: { rows: 1_000, server: 'MariaDB', cpu: 'a <cpu>', cores: 2, memoryGib: 8, node: 'v20' },
    ...{ loadAverage: 0.3, readsPerSecond: 300, pages: 1_250, seconds: 15, backlog: 20_000 },
    loads: [
      ...[load('before', 0), load('this version', 0), load('before', 100, 3), load('this version', 100)],
      {
        name: 'apply alone',
        version: 'before',
        reads: undefined,
        acceptedPerSecond: 0,
        appliedPerSecond: 74,
        failed: 0,
        failures: {},
      },
    ],
    freshness: [
      {
        name: 'without Redis',
        version: 'before',
        probes: 75,
        p50Ms: 5_000,
        p99Ms: 5_000,
        overdue: 75,
        failed: 0,
        failures: {},
      },
    ],
  };

  it('text: it has a row for each step, and a bound for probes that were given up', () => {
    const text = toLiveText(report);
    expect(text).toContain('| 100 events/s | before | 95.8 % | 0.5 | 1.4 | 3.7 | 0.41 | 100 | 100 | 3 |');
    expect(text).toContain('| apply alone | before | – | – | – | – | – | – | 74 | 0 |');
    expect(text).toContain('| without Redis | before | 75 | > 5000 | > 5000 | 0 |');
  });

  it('failures: each step with unexpected responses is listed', () => {
    expect(failuresIn(report)).toEqual(['100 events/s, before: 3 failed, {"GET 503":3}']);
  });

  it('chart: it is escaped, without NaN, and has a line for each version in both panels', () => {
    const chart = toLiveChart(report);
    expect(chart).toContain('a &lt;cpu>');
    expect(chart).not.toMatch(/NaN|undefined|Infinity/);
    expect(chart.match(/<polyline/g)).toHaveLength(4);
  });
});
