import { parseConfig } from './app-config';
import { InvalidConfigurationError } from './environment-reader';

const files: Record<string, string> = {
  '/run/secrets/password': 'from-a-file\n',
  '/ca.pem': '-----BEGIN CERTIFICATE-----',
};
const readFile = (path: string) => {
  const content = files[path];
  if (content === undefined) throw new Error('no such file');
  return content;
};
const parse = (environment: Record<string, string>) => parseConfig(environment, readFile);

describe('the configuration', () => {
  it('needs nothing: an embedded database on port 3000', () => {
    expect(parse({})).toEqual({
      environment: 'development',
      http: { host: '0.0.0.0', port: 3_000 },
      database: { kind: 'sqlite', file: 'data/farmlokal.db' },
      logLevel: 'info',
    });
  });

  it('uses MySQL where a host is named, and takes secrets from files', () => {
    const { database } = parse({
      MYSQL_HOST: 'db',
      MYSQL_PASSWORD_FILE: '/run/secrets/password',
      MYSQL_SSL_CA: '/ca.pem',
    });
    expect(database).toEqual({
      kind: 'mysql',
      host: 'db',
      port: 3_306,
      user: 'farmlokal',
      password: 'from-a-file',
      database: 'farmlokal',
      poolSize: 10,
      sslCa: '-----BEGIN CERTIFICATE-----',
    });
  });

  it('takes an empty variable as not set', () => {
    expect(parse({ MYSQL_HOST: '', PORT: '' })).toEqual(parse({}));
  });

  it('names all faults at once', () => {
    const environment = {
      PORT: '70000',
      NODE_ENV: 'prod',
      LOG_LEVEL: 'loud',
      MYSQL_HOST: 'db',
      MYSQL_PORT: '1e3',
      MYSQL_USER_FILE: '/none',
      MYSQL_SSL_CA: '/none',
    };
    const faults = [
      'NODE_ENV must be one of development, test, production, not "prod"',
      'PORT must be a whole number from 0 to 65535, not "70000"',
      'LOG_LEVEL must be one of trace, debug, info, warn, error, fatal, silent, not "loud"',
      'MYSQL_PORT must be a whole number from 1 to 65535, not "1e3"',
      'MYSQL_USER_FILE names a file that cannot be read: /none',
      'MYSQL_SSL_CA is neither a PEM certificate nor a file that holds one',
    ];
    expect(() => parse(environment)).toThrow(new InvalidConfigurationError(faults));
  });

  it('refuses a value that is given directly and by a file', () => {
    expect(() => parse({ HOST: 'a', HOST_FILE: '/ca.pem' })).toThrow('HOST is given twice');
  });

  it('cannot be changed afterwards', () => {
    const config = parse({});
    expect([config, config.http, config.database].every(Object.isFrozen)).toBe(true);
  });
});
