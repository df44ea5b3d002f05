/** The time a SELECT may take, said in the server's own way, so that the server itself ends what takes longer. */
import type { SqlFragment } from './sql';

export type ServerKind = 'mysql' | 'mariadb';

/** By the answer to SELECT VERSION(): "9.4.0", or "10.11.14-MariaDB-log". */
export function serverKindOf(version: string): ServerKind {
  return version.includes('MariaDB') ? 'mariadb' : 'mysql';
}

/** The limit is whole milliseconds and at least one: to both servers 0 means unlimited. */
export function withTimeLimit({ text, values }: SqlFragment, server: ServerKind, limitMs: number): SqlFragment {
  const wholeMs = Math.max(1, Math.ceil(limitMs));
  return { text: server === 'mysql' ? withHint(text, wholeMs) : withSetting(text, wholeMs), values };
}

/** White space or parentheses, SELECT, and the beginning of the hints that may follow it. */
const BEGINNING = /^[\s(]*SELECT\b(\s*\/\*\+)?/i;

/**
 * MySQL, "Optimizer Hints", statement execution time: MAX_EXECUTION_TIME(ms), right behind the first SELECT. There it
 * bounds the whole statement, the other parts of a UNION too; in any other place it is ignored. So is a second comment
 * of hints, hence the limit goes into the one that is there. A statement over its limit fails with ER_QUERY_TIMEOUT.
 */
function withHint(text: string, limitMs: number): string {
  const beginning = BEGINNING.exec(text);
  if (beginning === null) throw new Error(`only a statement that begins with SELECT can be bounded, not: ${text}`);
  const [whole, openHints] = beginning;
  const hint = `MAX_EXECUTION_TIME(${limitMs})`;
  return whole + (openHints === undefined ? ` /*+ ${hint} */` : ` ${hint}`) + text.slice(whole.length);
}

/** MariaDB, "SET STATEMENT" and "max_statement_time", in seconds; over it: ER_STATEMENT_TIMEOUT. No round trip more. */
function withSetting(text: string, limitMs: number): string {
  return `SET STATEMENT max_statement_time=${limitMs / 1_000} FOR ${text}`;
}
