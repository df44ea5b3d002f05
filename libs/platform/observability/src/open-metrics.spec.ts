import { toOpenMetrics } from './open-metrics';

it('OpenMetrics names families of counters without _total, and bounds as floats', () => {
  const exposition = `# HELP hits_total Hits of a "page"
# TYPE hits_total counter
hits_total{path="/a b, {le=\\"1\\"}"} 3

# HELP retries Retries
# TYPE retries counter
retries 0

# HELP took_seconds How long
# TYPE took_seconds histogram
took_seconds_bucket{le="1",route="/"} 1
took_seconds_bucket{le="2.5",route="/"} 1
took_seconds_bucket{le="+Inf",route="/"} 1
took_seconds_sum{route="/"} 0.5
took_seconds_count{route="/"} 1

# HELP left Left
# TYPE left gauge
left Nan
`;
  expect(toOpenMetrics(exposition)).toBe(`# HELP hits Hits of a \\"page\\"
# TYPE hits counter
hits_total{path="/a b, {le=\\"1\\"}"} 3
# HELP retries Retries
# TYPE retries counter
retries_total 0
# HELP took_seconds How long
# TYPE took_seconds histogram
took_seconds_bucket{le="1.0",route="/"} 1
took_seconds_bucket{le="2.5",route="/"} 1
took_seconds_bucket{le="+Inf",route="/"} 1
took_seconds_sum{route="/"} 0.5
took_seconds_count{route="/"} 1
# HELP left Left
# TYPE left gauge
left NaN
# EOF
`);
});
