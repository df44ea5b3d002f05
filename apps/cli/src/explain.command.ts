import { ExplainService, type ExplainedSegment, type ExplainedPath } from '@features/products';
import { inSession } from './session';

/** Maximum number of bound values to print; an IN list may have a thousand. */
const MAX_VALUES = 20;

/** The placeholders of a long IN list. */
const LONG_LIST = /\?(?:, \?){20,}/g;

export async function explainCommand(queryString: string): Promise<void> {
  await inSession(async ({ app }) => {
    const segments = await app.get(ExplainService).explain(queryString.replace(/^.*\?/, ''));
    process.stdout.write(`${segments.map(describeSegment).join('\n\n')}\n`);
  });
}

function describeSegment({ segment, plan, paths }: ExplainedSegment): string {
  const { sort, direction, nameMatch, offset, limit } = segment;
  const names = { any: '', all: ', names with all terms', 'some-missing': ', other names' }[nameMatch];
  const matches = plan.expected.matches === Infinity ? 'no sample yet' : `about ${plan.expected.matches} matches`;
  return [
    `${sort} ${direction}${names}, rows ${offset + 1} to ${offset + limit}: ${matches}`,
    ...paths.map((path, at) => `${at === 0 ? '→' : ' '} ${describePath(path)}`),
    ...paths.flatMap(describeStatements),
  ].join('\n');
}

function describePath({ candidate, statements, rows, abandoned, tookMs }: ExplainedPath) {
  const { path, costMs, rows: expectedRows } = candidate;
  const examined = statements.reduce((sum, statement) => sum + (statement.examined ?? NaN), 0);
  const result = abandoned === undefined ? `returned ${rows} rows` : `abandoned: ${abandoned}`;
  const measured = `took ${tookMs.toFixed(1)} ms, examined ${Number.isNaN(examined) ? '?' : examined}, ${result}`;
  return `${path.padEnd(12)} estimated ${costMs.toFixed(1)} ms, ${expectedRows} examined; ${measured}`;
}

function describeStatements({ candidate, statements }: ExplainedPath): string[] {
  return statements.map(({ statement, plan, examined, tookMs }) => {
    const text = statement.text.trim().replaceAll(LONG_LIST, (list) => `${list.split(',').length} values`);
    const cost = `${tookMs.toFixed(1)} ms, ${examined ?? '?'} examined`;
    const lines = [text, ...describeValues(statement.values), plan].join('\n').replaceAll('\n', '\n  ');
    return `\n${candidate.path}: ${cost}\n  ${lines}`;
  });
}

function describeValues(values: readonly unknown[]): string[] {
  if (values.length === 0) return [];
  const shown = JSON.stringify(values.slice(0, MAX_VALUES));
  return [values.length > MAX_VALUES ? `${shown} and ${values.length - MAX_VALUES} more` : shown];
}
