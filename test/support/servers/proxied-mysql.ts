/** A MySQL database behind a proxy that can cut, freeze or delay connections. */
import { createMysql, type TestDatabase } from '../databases';
import { startProxy, type Proxy } from './proxy';

export interface ProxiedMysql {
  /** Connects through the proxy. */
  readonly database: TestDatabase;
  /** Connects to the same database without the proxy. */
  readonly direct: TestDatabase;
  readonly proxy: Proxy;
}

export async function createProxiedMysql(): Promise<ProxiedMysql> {
  const direct = await createMysql();
  if (direct.config.kind !== 'mysql') throw new Error('createMysql created another kind of database');
  const proxy = await startProxy(direct.config.host, direct.config.port);
  const host = '127.0.0.1';
  return {
    database: {
      ...direct,
      config: { ...direct.config, host, port: proxy.port },
      environment: { ...direct.environment, MYSQL_HOST: host, MYSQL_PORT: String(proxy.port) },
    },
    direct,
    proxy,
  };
}
