/**
 * Starts the servers before the first test that needs them and passes their URLs to all test processes. Builds the
 * service for tests of real processes, unless FARMLOKAL_TEST_BUILT is 1: `npm test` builds it before.
 */
import { build } from '../processes';
import { applyHostileSettings } from './hostile-mysql';
import { startMysql, startRedis, type RunningServer } from './servers';

declare global {
  var farmlokalTestServers: RunningServer[] | undefined;
}

export default async function startServers(): Promise<void> {
  if (process.env['FARMLOKAL_TEST_BUILT'] !== '1') build();
  const [mysql, redis] = await Promise.all([startMysql(), startRedis()]);
  process.env['FARMLOKAL_TEST_MYSQL_URL'] = mysql.url;
  process.env['FARMLOKAL_TEST_REDIS_URL'] = redis.url;
  globalThis.farmlokalTestServers = [mysql, redis];
  if (process.env['FARMLOKAL_TEST_HOSTILE'] === '1')
    globalThis.farmlokalTestServers.unshift({ url: mysql.url, stop: await applyHostileSettings(new URL(mysql.url)) });
}
