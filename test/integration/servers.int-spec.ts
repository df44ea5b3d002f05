import { answersMysql, answersRedis } from '../support/probes';

describe('the servers of a test run', () => {
  it('are a real database server', async () => {
    expect(await answersMysql(process.env['FARMLOKAL_TEST_MYSQL_URL'] ?? '')).toBe(true);
  });

  it('are a real Redis', async () => {
    expect(await answersRedis(process.env['FARMLOKAL_TEST_REDIS_URL'] ?? '')).toBe(true);
  });
});
