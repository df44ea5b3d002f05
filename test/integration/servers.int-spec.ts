import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isMysqlUp, isRedisUp } from '../support/probes';
import { startPrivateMysql } from '../support/servers/private-mysql';

describe('servers of a test run', () => {
  it('MySQL: a real server is available', async () => {
    expect(await isMysqlUp(process.env['FARMLOKAL_TEST_MYSQL_URL'] ?? '')).toBe(true);
  });

  it('Redis: a real server is available', async () => {
    expect(await isRedisUp(process.env['FARMLOKAL_TEST_REDIS_URL'] ?? '')).toBe(true);
  });

  it('private MySQL: its start deletes no temporary files of another server', async () => {
    const file = join(tmpdir(), '#sql-temptable-of-another-server.MAI');
    writeFileSync(file, '');
    const server = await startPrivateMysql();
    const isKept = existsSync(file);
    await server.remove();
    rmSync(file, { force: true });
    expect(isKept).toBe(true);
  });
});
