import { isMysqlUp, isRedisUp } from '../support/probes';

describe('servers of a test run', () => {
  it('MySQL: a real server is available', async () => {
    expect(await isMysqlUp(process.env['FARMLOKAL_TEST_MYSQL_URL'] ?? '')).toBe(true);
  });

  it('Redis: a real server is available', async () => {
    expect(await isRedisUp(process.env['FARMLOKAL_TEST_REDIS_URL'] ?? '')).toBe(true);
  });
});
