/**
 * SQL text and its values. A value becomes a placeholder, never text, which prevents SQL injection. Nested fragments
 * keep their values in order.
 */
export interface SqlFragment {
  readonly text: string;
  readonly values: readonly SqlValue[];
}

export type SqlValue = string | number | null;

/** Builds a fragment: sql`a >= ${5} AND ${sql`b = ${1}`}` → text `a >= ? AND b = ?`, values [5, 1]. */
export function sql(texts: TemplateStringsArray, ...parts: readonly (SqlFragment | SqlValue)[]): SqlFragment {
  return parts.map(toFragment).reduce<SqlFragment>(
    (all, part, index) => ({
      text: all.text + part.text + (texts[index + 1] ?? ''),
      values: [...all.values, ...part.values],
    }),
    { text: texts[0] ?? '', values: [] },
  );
}

/** Wraps trusted text, such as a column name. Must never receive client input. */
export function trustedSql(text: string): SqlFragment {
  return { text, values: [] };
}

export function joinSql(fragments: readonly (SqlFragment | SqlValue)[], separator: string): SqlFragment {
  const parts = fragments.map(toFragment);
  return { text: parts.map((part) => part.text).join(separator), values: parts.flatMap((part) => part.values) };
}

function toFragment(part: SqlFragment | SqlValue): SqlFragment {
  return typeof part === 'object' && part !== null ? part : { text: '?', values: [part] };
}
