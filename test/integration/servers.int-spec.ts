import { answersMysql, answersRedis } from '../support/probes';

describe('servers of a test run', () => {
  it('MySQL: a real server answers', async () => {
    expect(await answersMysql(process.env['FARMLOKAL_TEST_MYSQL_URL'] ?? '')).toBe(true);
  });

  it('Redis: a real server answers', async () => {
    expect(await answersRedis(process.env['FARMLOKAL_TEST_REDIS_URL'] ?? '')).toBe(true);
  });
});
