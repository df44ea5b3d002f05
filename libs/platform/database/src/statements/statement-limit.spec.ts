import { withTimeLimit, serverKindOf } from './statement-limit';

const limitedText = (text: string, server: 'mysql' | 'mariadb', limitMs = 250) =>
  withTimeLimit({ text, values: [] }, server, limitMs).text;

describe('statement timeout', () => {
  it.each([
    ['SELECT 1', 'SELECT /*+ MAX_EXECUTION_TIME(250) */ 1'],
    ['\n  select\n  1', '\n  select /*+ MAX_EXECUTION_TIME(250) */\n  1'],
    ['(SELECT 1) UNION ALL (SELECT 2)', '(SELECT /*+ MAX_EXECUTION_TIME(250) */ 1) UNION ALL (SELECT 2)'],
    ['SELECT /*+ JOIN_ORDER(b, a) */ 1', 'SELECT /*+ MAX_EXECUTION_TIME(250) JOIN_ORDER(b, a) */ 1'],
    ['( SELECT\n/*+ NO_ICP(a) */ 1)', '( SELECT\n/*+ MAX_EXECUTION_TIME(250) NO_ICP(a) */ 1)'],
    ['SELECT /* a remark */ 1', 'SELECT /*+ MAX_EXECUTION_TIME(250) */ /* a remark */ 1'],
    ['SELECT(SELECT 1)', 'SELECT /*+ MAX_EXECUTION_TIME(250) */(SELECT 1)'],
  ])('MAX_EXECUTION_TIME: MySQL gets one hint after the first SELECT: %s', (text, expected) => {
    expect(limitedText(text, 'mysql')).toBe(expected);
  });

  it('max_statement_time: MariaDB gets SET STATEMENT with the limit in seconds', () => {
    expect(limitedText('SELECT 1', 'mariadb')).toBe('SET STATEMENT max_statement_time=0.25 FOR SELECT 1');
  });

  it.each([-20, 0, 0.2])('minimum timeout: %d ms is raised to 1 ms, because 0 means unlimited', (limitMs) => {
    expect(limitedText('SELECT 1', 'mysql', limitMs)).toContain('MAX_EXECUTION_TIME(1)');
    expect(limitedText('SELECT 1', 'mariadb', limitMs)).toContain('max_statement_time=0.001 ');
  });

  it('placeholders: the values of the statement are unchanged', () => {
    expect(withTimeLimit({ text: 'SELECT ?', values: [7] }, 'mysql', 1).values).toEqual([7]);
  });

  it.each(['DELETE FROM products', 'SELECTED', ''])(
    'missing SELECT: "%s" is rejected, because the server would ignore a hint in it',
    (text) => {
      expect(() => limitedText(text, 'mysql')).toThrow('begins with SELECT');
    },
  );

  it.each([
    ['10.11.14-MariaDB-0+deb12u2', 'mariadb'],
    ['11.8.3-MariaDB-log', 'mariadb'],
    ['9.4.0', 'mysql'],
    ['8.0.43-0ubuntu0.24.04.1', 'mysql'],
  ])('server kind: the version %s is recognised as %s', (version, kind) => {
    expect(serverKindOf(version)).toBe(kind);
  });
});
