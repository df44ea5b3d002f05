import { toOpenMetrics } from './open-metrics';

/** A line of the text format, and the same line of OpenMetrics if it differs. */
const LINES: readonly (readonly [text: string, openMetrics?: string])[] = [
  ['# HELP hits_total Hits of a "page"', '# HELP hits Hits of a \\"page\\"'],
  ['# TYPE hits_total counter', '# TYPE hits counter'],
  ['hits_total{path="/a b, {le=\\"1\\"}"} 3'],
  ['# HELP retries Retries'],
  ['# TYPE retries counter'],
  ['retries 0', 'retries_total 0'],
  ['# HELP took_seconds How long'],
  ['# TYPE took_seconds histogram'],
  ['took_seconds_bucket{le="1",route="/"} 1', 'took_seconds_bucket{le="1.0",route="/"} 1'],
  ['took_seconds_bucket{le="2.5",route="/"} 1'],
  ['took_seconds_bucket{le="+Inf",route="/"} 1'],
  ['took_seconds_sum{route="/"} 0.5'],
  ['took_seconds_count{route="/"} 1'],
  ['# HELP left Left'],
  ['# TYPE left gauge'],
  ['left Nan', 'left NaN'],
];

it('OpenMetrics: counter families have no _total suffix, and bucket bounds are floats', () => {
  const exposition = LINES.map(([text]) => text.replace(/^# HELP/, '\n$&'))
    .join('\n')
    .trimStart();
  const expected = LINES.map(([text, openMetrics = text]) => openMetrics).join('\n');
  expect(toOpenMetrics(`${exposition}\n`)).toBe(`${expected}\n# EOF\n`);
});
