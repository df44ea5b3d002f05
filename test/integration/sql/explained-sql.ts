/** Formats an access path of a query for review: its statements, the plan of each, and the rows that it examines. */
import type { ExplainedPath, ExplainService } from '@features/products';
import type { DataSource } from 'typeorm';

export interface ExplainedCase {
  readonly path: string;
  /** Query string of GET /products. */
  readonly query: string;
  /** Maximum number of examined rows and index entries, and the reason for this limit. */
  readonly atMost: number;
  readonly because: string;
}

/** Columns of a plan that do not change between runs. */
interface PlanRow {
  readonly table: string | null;
  readonly type: string | null;
  readonly key: string | null;
  readonly Extra: string | null;
}

/** Returns the given path in each segment of the list for which it is a candidate. */
export async function explain(explainer: ExplainService, path: string, query: string): Promise<ExplainedPath[]> {
  const parts = await explainer.explain(query);
  return parts.flatMap(({ paths }) => paths.filter(({ candidate }) => candidate.path === path));
}

export function examinedBy(paths: readonly ExplainedPath[]): number {
  return paths.flatMap(({ statements }) => statements).reduce((sum, { examined }) => sum + (examined ?? NaN), 0);
}

export async function explainedSql(
  dataSource: DataSource,
  explainer: ExplainService,
  { path, query }: ExplainedCase,
): Promise<string> {
  const statements = (await explain(explainer, path, query)).flatMap((explained) => explained.statements);
  const described: string[] = [`-- ${path}: ${query}`];
  for (const { statement, examined } of statements) {
    const plan = await dataSource.query<PlanRow[]>(`EXPLAIN ${statement.text}`, [...statement.values]);
    described.push(`${tidy(statement.text)};`, `-- ${examined} examined`, ...plan.map(toLine));
  }
  return described.join('\n');
}

function toLine({ table, type, key, Extra }: PlanRow): string {
  return `--   ${[table, type, key, Extra].map((value) => value ?? '-').join(' | ')}`;
}

/** Replaces values that differ between catalogues: long lists and coordinates. */
function tidy(text: string): string {
  const lines = text
    .replace(/\d+(?:,\d+){9,}/g, (ids) => `… ${ids.split(',').length} ids`)
    .replace(/\?(?:, \?){4,}/g, (values) => `… ${values.split(',').length} values`)
    .replace(/-?\d+(?:\.\d+)?e[+-]\d+/g, '…')
    .split('\n');
  return lines
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .join('\n');
}
