/** Statement timeout of a SELECT, in the syntax of the server, which enforces it. */
import type { SqlFragment } from './sql';

export type ServerKind = 'mysql' | 'mariadb';

/** Returns the kind for the result of SELECT VERSION(): `10.11.14-MariaDB-log` → `mariadb`, `9.4.0` → `mysql`. */
export function serverKindOf(version: string): ServerKind {
  return version.includes('MariaDB') ? 'mariadb' : 'mysql';
}

/** Adds the limit in whole milliseconds, at least 1, because 0 means unlimited to both servers. */
export function withTimeLimit({ text, values }: SqlFragment, server: ServerKind, limitMs: number): SqlFragment {
  const wholeMs = Math.max(1, Math.ceil(limitMs));
  return { text: server === 'mysql' ? withHint(text, wholeMs) : withSetting(text, wholeMs), values };
}

/** White space or parentheses, SELECT, and the start of an optimizer hint. */
const SELECT_START = /^[\s(]*SELECT\b(\s*\/\*\+)?/i;

/**
 * MySQL, "Optimizer Hints": MAX_EXECUTION_TIME(ms) directly after the first SELECT limits the whole statement,
 * including all parts of a UNION. MySQL ignores it in any other place, and ignores a second hint comment, so the limit
 * goes into an existing one. A statement that exceeds the limit fails with ER_QUERY_TIMEOUT.
 */
function withHint(text: string, limitMs: number): string {
  const match = SELECT_START.exec(text);
  if (match === null) throw new Error(`only a statement that begins with SELECT can have a time limit, not: ${text}`);
  const [whole, openHints] = match;
  const hint = `MAX_EXECUTION_TIME(${limitMs})`;
  return whole + (openHints === undefined ? ` /*+ ${hint} */` : ` ${hint}`) + text.slice(whole.length);
}

/** MariaDB, "SET STATEMENT" and "max_statement_time": in seconds, without another round trip; ER_STATEMENT_TIMEOUT. */
function withSetting(text: string, limitMs: number): string {
  return `SET STATEMENT max_statement_time=${limitMs / 1_000} FOR ${text}`;
}
