/** An access path to a query as text to be reviewed: its statements, the server's plan of each, the rows it examines. */
import type { ExplainedPath, ExplainService } from '@features/products';
import type { DataSource } from 'typeorm';

export interface ExplainedCase {
  readonly path: string;
  /** Of GET /products. */
  readonly query: string;
  /** Rows and index entries that it may examine, and why it needs no more. */
  readonly atMost: number;
  readonly because: string;
}

/** What of a plan does not change from run to run. */
interface PlanRow {
  readonly table: string | null;
  readonly type: string | null;
  readonly key: string | null;
  readonly Extra: string | null;
}

/** The path to each part of the list that it leads to. */
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

/** Without what differs from catalogue to catalogue: long lists, and where on earth something is. */
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
