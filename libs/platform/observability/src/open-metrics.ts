/** Converts the Prometheus text format to OpenMetrics 1.0 (https://prometheus.io/docs/specs/om/open_metrics_spec/). */

export const OPEN_METRICS_TYPE = 'application/openmetrics-text; version=1.0.0; charset=utf-8';

/**
 * `# TYPE hits_total counter` → `# TYPE hits counter`: counter families lose the suffix `_total`, samples keep it.
 * Bucket bounds and quantiles become floats, and `# EOF` is appended.
 */
export function toOpenMetrics(exposition: string): string {
  const lines = exposition.split('\n').filter((line) => line !== '');
  const counters = new Set(lines.flatMap((line) => COUNTER.exec(line)?.[1] ?? []));
  return [...lines.map((line) => toOpenMetricsLine(line, counters)), '# EOF', ''].join('\n');
}

const COUNTER = /^# TYPE (\S+) counter$/;
const METADATA = /^# (HELP|TYPE) (\S+) (.*)$/;

function toOpenMetricsLine(line: string, counters: ReadonlySet<string>): string {
  const metadata = METADATA.exec(line);
  return metadata === null ? toOpenMetricsSample(line, counters) : toOpenMetricsMetadata(metadata, counters);
}

function toOpenMetricsMetadata(
  [, keyword, family = '', text = '']: readonly string[],
  counters: ReadonlySet<string>,
): string {
  const name = counters.has(family) ? family.replace(/_total$/, '') : family;
  return `# ${keyword} ${name} ${keyword === 'HELP' ? text.replaceAll('"', '\\"') : text}`;
}

function toOpenMetricsSample(line: string, counters: ReadonlySet<string>): string {
  const end = line.search(/[{ ]/);
  const sample = line.slice(0, end);
  const valueAt = line.lastIndexOf(' ') + 1;
  const name = counters.has(sample) && !sample.endsWith('_total') ? `${sample}_total` : sample;
  const value = line.slice(valueAt);
  return `${name}${toFloatBounds(line.slice(end, valueAt))}${value === 'Nan' ? 'NaN' : value}`;
}

function toFloatBounds(labels: string): string {
  return labels.replace(/(?<=[{,](?:le|quantile)=")-?\d+(?=")/g, '$&.0');
}
