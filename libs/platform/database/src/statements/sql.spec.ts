import { joinSql, sql, trustedSql } from './sql';

describe('SQL fragment', () => {
  it('placeholders: values are not part of the text and are in the order of their placeholders', () => {
    const inner = sql`b = ${2} AND c IN (${joinSql([3, 4], ', ')})`;
    expect(sql`SELECT ${trustedSql('*')} FROM t WHERE a = ${1} AND ${inner} LIMIT ${5}`).toEqual({
      text: 'SELECT * FROM t WHERE a = ? AND b = ? AND c IN (?, ?) LIMIT ?',
      values: [1, 2, 3, 4, 5],
    });
  });

  it('SQL injection: a value becomes a placeholder and never part of the text', () => {
    expect(sql`a = ${"'; DROP TABLE products; --"}`.text).toBe('a = ?');
  });
});
