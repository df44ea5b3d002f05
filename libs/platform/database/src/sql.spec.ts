import { joinSql, sql, trustedSql } from './sql';

describe('a SQL fragment', () => {
  it('keeps values out of the text and in the order of their placeholders', () => {
    const inner = sql`b = ${2} AND c IN (${joinSql([3, 4], ', ')})`;
    expect(sql`SELECT ${trustedSql('*')} FROM t WHERE a = ${1} AND ${inner} LIMIT ${5}`).toEqual({
      text: 'SELECT * FROM t WHERE a = ? AND b = ? AND c IN (?, ?) LIMIT ?',
      values: [1, 2, 3, 4, 5],
    });
  });

  it('does not let a value become SQL', () => {
    expect(sql`a = ${"'; DROP TABLE products; --"}`.text).toBe('a = ?');
  });
});
