/** Values that hold secrets: an empty secret is refused, and no refusal repeats a value that may be one. */
import { configurationNames, parseConfig } from './app-config';
import { InvalidConfigurationError } from './environment-reader';

const files: Readonly<Record<string, string>> = { '/empty': '', '/blank': ' \n' };
const parse = (environment: Record<string, string>) =>
  parseConfig(environment, (path) => {
    const text = files[path];
    if (text === undefined) throw Object.assign(new Error(`ENOENT: ${path}`), { code: 'ENOENT' });
    return text;
  });

function faultsOf(environment: Record<string, string>): readonly string[] {
  try {
    parse(environment);
    return [];
  } catch (error) {
    if (error instanceof InvalidConfigurationError) return error.faults;
    throw error;
  }
}

describe('a secret from a file', () => {
  it.each(configurationNames().flatMap((name) => ['/empty', '/blank'].map((file) => [name, file])))(
    '%s_FILE=%s is a fault that names it, because an empty secret is none',
    (name, file) => {
      const environment: Record<string, string> = name === 'MYSQL_HOST' ? {} : { MYSQL_HOST: 'db' };
      const used = name === 'REDIS_PORT' ? { REDIS_HOST: 'cache' } : {};
      expect(faultsOf({ ...environment, ...used, [`${name}_FILE`]: file })).toContain(
        `${name}_FILE names a file that is empty`,
      );
    },
  );

  it('is not shown if it was given in the place of the path', () => {
    expect(faultsOf({ METRICS_TOKEN_FILE: 'hidden' })).toEqual([
      'METRICS_TOKEN_FILE names a file that cannot be read (ENOENT)',
    ]);
  });
});

it.each([',', ' , '])('a list of secrets that is "%s" is a fault, because nobody would have to sign', (value) => {
  expect(faultsOf({ WEBHOOK_SECRETS: value })).toEqual(['WEBHOOK_SECRETS has separators and nothing between them']);
});

describe('a password in the wrong place', () => {
  it.each([
    ['MYSQL_HOST', 'mysql://app:hidden@db:3306/catalogue'],
    ['MYSQL_HOST', 'app:hidden@db'],
    ['MYSQL_HOST', 'hidden/db'],
    ['MYSQL_HOST', 'db:hidden'],
    ['REDIS_HOST', 'redis://:hidden@cache'],
    ['REDIS_HOST', 'hidden@cache'],
    ['MYSQL_REPLICA_HOSTS', 'db-2,mysql://app:hidden@db-3'],
    ['MYSQL_REPLICA_HOSTS', 'hidden@db-3'],
    ['MYSQL_PORT', 'mysql://app:hidden@db'],
    ['MYSQL_PORT', 'mysql://app:hidden%40db'],
    ['MYSQL_PORT', 'hidden'],
    ['RATE_LIMIT_MAX', 'redis://:hidden'],
    ['SANDBOX_PORT', 'hidden'],
    ['REDIS_URL', 'redis://:hid/hidden@cache'],
    ['REDIS_URL', 'redis://cache:hidden'],
    ['OAUTH_URL', 'https://app:hidden@login.example/token'],
    ['CORS_ORIGINS', 'https://app:hidden@shop.example'],
    ['TRUST_PROXY', 'app:hidden@10.0.0.1'],
    ['LOG_LEVEL', 'app:hidden@info'],
  ])('is refused in %s=%s and not shown', (name, value) => {
    const faults = faultsOf({ MYSQL_HOST: 'db', [name]: value });
    expect(faults).toContainEqual(expect.stringMatching(`^${name} `));
    expect(faults.join()).not.toContain('hidden');
  });

  it.each(['db', 'db-1.example', '10.0.0.7', '::1', 'my_service.ns.svc.cluster.local'])('%s is a host', (host) => {
    expect(faultsOf({ MYSQL_HOST: host, REDIS_HOST: host })).toEqual([]);
  });
});

describe('ports that Kubernetes sets for Services of a namespace', () => {
  const set = {
    REDIS_PORT: 'tcp://10.0.0.1:6379',
    MYSQL_PORT: 'tcp://10.0.0.2:3306',
    SANDBOX_PORT: 'tcp://10.0.0.3:4010',
  };

  it('do not matter if nothing uses them', () => {
    expect(faultsOf({ ...set, NODE_ENV: 'test', REDIS_URL: 'redis://cache' })).toEqual([]);
  });

  it.each([
    ['REDIS_PORT', { NODE_ENV: 'test', REDIS_HOST: 'redis' }],
    ['MYSQL_PORT', { NODE_ENV: 'test', MYSQL_HOST: 'mysql' }],
    ['SANDBOX_PORT', { NODE_ENV: 'development' }],
  ])('%s is explained where it is used', (name, environment) => {
    expect(faultsOf({ ...set, ...environment })).toEqual([
      `${name} is a URL set by Kubernetes for a Service; set the port, or enableServiceLinks: false for the pod`,
    ]);
  });
});

it('the time limit of Redis is configured within its bounds', () => {
  const limitOf = (text: string) =>
    parse({ REDIS_URL: 'redis://cache', REDIS_COMMAND_TIMEOUT_MS: text }).redis?.commandTimeoutMs;
  expect([limitOf(''), limitOf('5'), limitOf('1000')]).toEqual([undefined, 5, 1_000]);
  for (const text of ['4', '1001', '30ms']) expect(() => limitOf(text)).toThrow('REDIS_COMMAND_TIMEOUT_MS must be');
});
