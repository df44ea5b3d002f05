import { ExplainService, type ExplainedPart, type ExplainedPath } from '@features/products';
import { inSession } from './session';

/** The ids of an IN list. */
const LONG_LIST = /\b\d{1,20}(?:,\d{1,20}){20,}/g;

export async function explainCommand(queryString: string): Promise<void> {
  await inSession(async ({ app }) => {
    const parts = await app.get(ExplainService).explain(queryString.replace(/^.*\?/, ''));
    process.stdout.write(`${parts.map(describePart).join('\n\n')}\n`);
  });
}

function describePart({ part, plan, paths }: ExplainedPart): string {
  const { sort, direction, nameMatch, offset, limit } = part;
  const names = { any: '', all: ', names with all terms', 'some-missing': ', the rest' }[nameMatch];
  const matches = plan.expected.matches === Infinity ? 'no sample yet' : `about ${plan.expected.matches} match`;
  return [
    `${sort} ${direction}${names}, rows ${offset + 1} to ${offset + limit}: ${matches}`,
    ...paths.map((path, at) => `${at === 0 ? '→' : ' '} ${describePath(path)}`),
    ...paths.flatMap(describeStatements),
  ].join('\n');
}

function describePath({ candidate: { path, costMs, rows: expectedRows }, statements, rows, tookMs }: ExplainedPath) {
  const examined = statements.reduce((sum, statement) => sum + (statement.examined ?? NaN), 0);
  const did = `took ${tookMs.toFixed(1)} ms, examined ${Number.isNaN(examined) ? '?' : examined}, gave ${rows} rows`;
  return `${path.padEnd(12)} estimated ${costMs.toFixed(1)} ms, ${expectedRows} looked at; ${did}`;
}

function describeStatements({ candidate, statements }: ExplainedPath): string[] {
  return statements.map(({ statement, plan, examined, tookMs }) => {
    const values = statement.values.length === 0 ? '' : `\n  ${JSON.stringify(statement.values)}`;
    const text = statement.text.trim().replace(LONG_LIST, (ids) => `${ids.split(',').length} ids`);
    const facts = `${tookMs.toFixed(1)} ms, ${examined ?? '?'} examined`;
    return `\n${candidate.path}: ${facts}\n  ${text.replaceAll('\n', '\n  ')}${values}\n  ${plan.replaceAll(LONG_LIST, '…').replaceAll('\n', '\n  ')}`;
  });
}
