/**
 * SQL as text with its values beside it. A value can only become a placeholder, never text, and nested
 * fragments keep their values in order, so a statement reads like SQL and cannot be injected into.
 */
export interface SqlFragment {
  readonly text: string;
  readonly values: readonly SqlValue[];
}

export type SqlValue = string | number | null;

/** sql`p.price_minor >= ${min} AND ${other}`: values become `?`, fragments are placed as they are. */
export function sql(texts: TemplateStringsArray, ...parts: readonly (SqlFragment | SqlValue)[]): SqlFragment {
  return parts.map(toFragment).reduce<SqlFragment>(
    (all, part, index) => ({
      text: all.text + part.text + (texts[index + 1] ?? ''),
      values: [...all.values, ...part.values],
    }),
    { text: texts[0] ?? '', values: [] },
  );
}

/** Text that is ours, such as a column's name. Never anything from a client. */
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
