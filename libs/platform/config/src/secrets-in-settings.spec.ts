/** Secrets in variables: an empty secret is refused, and no error message repeats a value that may be a secret. */
import { configurationVariables, parseConfig } from './app-config';
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

describe('secrets in files', () => {
  it.each(
    [...configurationVariables('development').keys()].flatMap((name) =>
      ['/empty', '/blank'].map((file) => [name, file]),
    ),
  )('empty secret: %s_FILE=%s is refused with the name of the variable', (name, file) => {
    const environment: Record<string, string> = name === 'MYSQL_HOST' ? {} : { MYSQL_HOST: 'db' };
    const used = name === 'REDIS_PORT' ? { REDIS_HOST: 'cache' } : {};
    expect(faultsOf({ ...environment, ...used, [`${name}_FILE`]: file })).toContain(
      `${name}_FILE refers to an empty file`,
    );
  });

  it('secrecy: the refusal does not contain a secret that was set instead of a path', () => {
    expect(faultsOf({ METRICS_TOKEN_FILE: 'hidden' })).toEqual([
      'METRICS_TOKEN_FILE refers to a file that cannot be read (ENOENT)',
    ]);
  });
});

it.each([',', ' , '])(
  'empty secret: WEBHOOK_SECRETS="%s" is refused, because it would accept unsigned webhooks',
  (value) => {
    expect(faultsOf({ WEBHOOK_SECRETS: value })).toEqual(['WEBHOOK_SECRETS contains only separators']);
  },
);

describe('secrets in variables of another kind', () => {
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
  ])('secrecy: %s=%s is refused without the password', (name, value) => {
    const faults = faultsOf({ MYSQL_HOST: 'db', [name]: value });
    expect(faults).toContainEqual(expect.stringMatching(`^${name} `));
    expect(faults.join()).not.toContain('hidden');
  });

  it.each(['db', 'db-1.example', '10.0.0.7', '::1', 'my_service.ns.svc.cluster.local'])(
    'host name: %s is accepted for MySQL and Redis',
    (host) => {
      expect(faultsOf({ MYSQL_HOST: host, REDIS_HOST: host })).toEqual([]);
    },
  );
});

describe('Kubernetes service links', () => {
  const set = {
    REDIS_PORT: 'tcp://10.0.0.1:6379',
    MYSQL_PORT: 'tcp://10.0.0.2:3306',
    SANDBOX_PORT: 'tcp://10.0.0.3:4010',
  };

  it('service links: port variables are ignored if they are not used', () => {
    expect(faultsOf({ ...set, NODE_ENV: 'test', REDIS_URL: 'redis://cache' })).toEqual([]);
  });

  it.each([
    ['REDIS_PORT', { NODE_ENV: 'test', REDIS_HOST: 'redis' }],
    ['MYSQL_PORT', { NODE_ENV: 'test', MYSQL_HOST: 'mysql' }],
    ['SANDBOX_PORT', { NODE_ENV: 'development' }],
  ])('service links: %s is refused with the remedy if it is used', (name, environment) => {
    expect(faultsOf({ ...set, ...environment })).toEqual([
      `${name} is a URL that Kubernetes set for a Service. Set the port, or enableServiceLinks: false for the pod`,
    ]);
  });
});

it('REDIS_COMMAND_TIMEOUT_MS: values from 5 to 1000 are accepted, others are refused', () => {
  const limitOf = (text: string) =>
    parse({ REDIS_URL: 'redis://cache', REDIS_COMMAND_TIMEOUT_MS: text }).redis?.commandTimeoutMs;
  expect([limitOf(''), limitOf('5'), limitOf('1000')]).toEqual([undefined, 5, 1_000]);
  for (const text of ['4', '1001', '30ms']) expect(() => limitOf(text)).toThrow('REDIS_COMMAND_TIMEOUT_MS must be');
});
