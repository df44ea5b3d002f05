import request from 'supertest';
import { startCatalogue, type TestCatalogue } from '../support/catalogue';
import { createSqlite } from '../support/databases';

describe('GET /metrics', () => {
  let catalogue: TestCatalogue;
  const get = () => request(catalogue.app.getHttpServer()).get('/metrics');

  beforeAll(async () => {
    catalogue = await startCatalogue(createSqlite);
  });
  afterAll(() => catalogue.close());

  it('content negotiation: metrics are JSON by default', async () => {
    const response = await get()
      .expect(200)
      .expect('content-type', /^application\/json/);
    const { uptime, memory, timestamp } = response.body as {
      uptime: number;
      memory: Record<string, number>;
      timestamp: string;
    };
    expect(uptime).toBeGreaterThan(0);
    expect(Object.keys(memory)).toEqual(['rss', 'heapTotal', 'heapUsed']);
    expect(Date.parse(timestamp)).toBeGreaterThan(Date.UTC(2026, 0, 1));
  });

  it.each(['text/plain', 'application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3,*/*;q=0.1'])(
    'content negotiation: %s gets the Prometheus text format, with reads by access path',
    async (accept) => {
      await request(catalogue.app.getHttpServer()).get('/products').expect(200);
      const { text } = await get()
        .set('accept', accept)
        .expect(200)
        .expect('content-type', /^text\/plain/);
      expect(text).toMatch(/farmlokal_catalogue_read_duration_seconds_count\{path="[\w-]+",outcome="read"\} \d+/);
    },
  );

  it('content negotiation: a scraper that accepts only OpenMetrics gets OpenMetrics', async () => {
    const { text } = await get()
      .set('accept', 'application/openmetrics-text; version=1.0.0')
      .expect(200)
      .expect('content-type', 'application/openmetrics-text; version=1.0.0; charset=utf-8');
    expect(text.endsWith('\n# EOF\n')).toBe(true);
    expect(text).not.toMatch(/^$(?=\n)/m);
    const counters = [...text.matchAll(/^# TYPE (\S+) counter$/gm)].map(([, name]) => name);
    expect(counters.length).toBeGreaterThan(5);
    expect(counters.filter((name) => name?.endsWith('_total'))).toEqual([]);
    expect(text).not.toMatch(/le="\d+"/);
  });
});
