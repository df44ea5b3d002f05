/** The SQL dialects of this service; MariaDB and MySQL share one. */
export type Dialect = 'sqlite' | 'mysql';

export function dialectOf(source: { readonly options: { readonly type: string } }): Dialect {
  return source.options.type === 'better-sqlite3' ? 'sqlite' : 'mysql';
}
