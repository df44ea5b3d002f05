/** Checks that the Grafana dashboard and the alerts only refer to metrics and labels that the service exposes. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Registry, type MetricObject } from 'prom-client';
import { startCatalogue, type TestCatalogue } from '../support/catalogue';
import { createSqlite } from '../support/databases';

const read = (file: string) => readFileSync(resolve(__dirname, '../..', file), 'utf8');
const alerts = read('deploy/grafana/alerts.yaml');
const dashboard = JSON.parse(read('deploy/grafana/dashboard.json')) as { panels: { targets?: { expr: string }[] }[] };
const queries = dashboard.panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));

/** Labels that Prometheus adds. */
const GIVEN_LABELS = ['job', 'instance', 'le'];

let catalogue: TestCatalogue;
let metrics: Map<string, MetricObject>;

beforeAll(async () => {
  catalogue = await startCatalogue(createSqlite);
  const known = catalogue.app.get(Registry).getMetricsAsArray();
  metrics = new Map(known.map((metric) => [metric.name, metric]));
});
afterAll(() => catalogue.close());

/** Returns the metrics in an expression with the labels of their selectors. */
function referencesIn(expression: string) {
  const matches = expression.matchAll(/\b((?:farmlokal|nodejs|process)_\w+)(?:\{([^}]*)\})?/g);
  return [...matches].map(([, series = '', selected = '']) => ({
    name: series.replace(/_(?:bucket|count|sum)$/, ''),
    labels: [...selected.matchAll(/(\w+)\s*(?:=|!)/g)].map(([, label = '']) => label),
  }));
}

const labelsOf = (metric: MetricObject) => (metric as unknown as { labelNames: string[] }).labelNames;

it.each([
  ['Grafana dashboard', queries.join('\n')],
  ['Prometheus alerts', alerts],
])('%s: every metric and every selected label exists', (_, text) => {
  const references = referencesIn(text);
  expect(references.length).toBeGreaterThan(10);
  for (const { name, labels } of references) {
    const metric = metrics.get(name);
    expect([name, metric?.name]).toEqual([name, name]);
    for (const label of labels) expect([...GIVEN_LABELS, ...labelsOf(metric!)]).toContain(label);
  }
});

it('Grafana dashboard: every label of a grouping exists', () => {
  for (const query of queries)
    for (const [, by = ''] of query.matchAll(/by \(([^)]*)\)/g)) {
      const known = referencesIn(query).flatMap(({ name }) => labelsOf(metrics.get(name)!));
      for (const label of by.split(',')) expect([...GIVEN_LABELS, ...known]).toContain(label.trim());
    }
});

it('Grafana dashboard: every farmlokal_ metric is shown', () => {
  const shown = new Set(referencesIn(queries.join('\n')).map(({ name }) => name));
  expect([...metrics.keys()].filter((name) => name.startsWith('farmlokal_') && !shown.has(name))).toEqual([]);
});

it('Prometheus alerts: docs/operations.md explains each alert', () => {
  const names = [...alerts.matchAll(/alert: (\w+)/g)].map(([, name = '']) => name);
  const explained = [...read('docs/operations.md').matchAll(/^\| `(FarmLokal\w+)` +\|/gm)].map(([, name]) => name);
  expect(explained).toEqual(names);
});
