import { parseConfig } from './app-config';
import { InvalidConfigurationError } from './environment-reader';

const files: Record<string, string> = {
  '/run/secrets/password': 'from-a-file\n',
  '/ca.pem': '-----BEGIN CERTIFICATE-----',
};
const readFile = (path: string) => {
  const content = files[path];
  if (content === undefined) throw Object.assign(new Error('no such file'), { code: 'ENOENT' });
  return content;
};
const parse = (environment: Record<string, string>) => parseConfig(environment, readFile);

describe('configuration', () => {
  it('defaults: an empty environment gives an embedded database and port 3000', () => {
    expect(parse({})).toEqual({
      environment: 'development',
      http: { host: '0.0.0.0', port: 3_000, trustedProxies: false, corsOrigins: [] },
      processes: 1,
      database: { kind: 'sqlite', file: 'data/farmlokal.db' },
      redis: undefined,
      cache: { isEnabled: true, ttlSeconds: 60 },
      rateLimit: { max: 100, webhookMax: 6_000, windowSeconds: 60 },
      webhook: { secrets: [], isWorking: true, maxAttempts: 25 },
      partner: expect.objectContaining({
        isSandbox: true,
        apiUrl: 'http://127.0.0.1:4010',
        syncEverySeconds: 0,
      }) as object,
      shutdown: { graceSeconds: 0, deadlineSeconds: 25 },
      logLevel: 'info',
      metricsToken: undefined,
      collector: undefined,
      failpoints: new Map(),
    });
  });

  it('MYSQL_HOST: MySQL is used, with its password and CA from files and its replica hosts', () => {
    const { database } = parse({
      MYSQL_HOST: 'db',
      MYSQL_PASSWORD_FILE: '/run/secrets/password',
      MYSQL_SSL_CA: '/ca.pem',
      MYSQL_REPLICA_HOSTS: 'db-2, db-3:3307,[::1]',
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
      replicas: [
        { host: 'db-2', port: 3_306 },
        { host: 'db-3', port: 3_307 },
        { host: '::1', port: 3_306 },
      ],
      replicaMaxLagSeconds: 10,
    });
  });

  it('REDIS_URL: Redis is configured by a URL or by host and port, but not by both', () => {
    const server = (host: string, port: number) => ({ kind: 'standalone', servers: [{ host, port }] });
    expect(parse({ REDIS_URL: 'redis://cache:7000' }).redis).toMatchObject(server('cache', 7_000));
    expect(parse({ REDIS_HOST: 'cache', REDIS_PORT: '7000' }).redis).toMatchObject(server('cache', 7_000));
    expect(parse({ REDIS_HOST: 'cache', REDIS_SSL_CA: '/ca.pem' }).redis).toMatchObject({
      ...server('cache', 6_379),
      sslCa: '-----BEGIN CERTIFICATE-----',
    });
    expect(() => parse({ REDIS_URL: 'redis://a', REDIS_HOST: 'b' })).toThrow(
      'REDIS_HOST is set together with REDIS_URL',
    );
  });

  it('secrecy: the refusal of an invalid REDIS_URL does not contain its password', () => {
    expect(() => parse({ REDIS_URL: 'redis:/x:hidden@cache' })).toThrow(/^(?!.*hidden).*REDIS_URL must be like/s);
  });

  it('empty variable: it counts as not set', () => {
    expect(parse({ MYSQL_HOST: '', PORT: '' })).toEqual(parse({}));
  });

  it('validation: one error lists all faults of an environment', () => {
    const environment = {
      PORT: '70000',
      NODE_ENV: 'prod',
      LOG_LEVEL: 'loud',
      MYSQL_HOST: 'db',
      MYSQL_PORT: '1e3',
      MYSQL_USER_FILE: '/none',
      MYSQL_SSL_CA: '/none',
      MYSQL_REPLICA_HOSTS: 'db-2,mysql://db-3',
      TRUST_PROXY: 'true',
      CACHE_ENABLED: 'yes',
      RATE_LIMIT_MAX: '-1',
      REDIS_URL: 'cache',
      WEBHOOK_SECRETS: 'whsec_dG9vIHNob3J0',
      PARTNER_API_URL: 'nowhere',
      FARMLOKAL_FAILPOINTS: 'in.received=explode',
    };
    const faults = [
      'NODE_ENV must be one of development, test, production, not "prod"',
      'PORT must be a whole number from 0 to 65535, not "70000"',
      'TRUST_PROXY must be none, a number of hops, or IP ranges such as 10.0.0.0/8,loopback, not "true"',
      'LOG_LEVEL must be one of trace, debug, info, warn, error, fatal, silent, not "loud"',
      'MYSQL_PORT must be a whole number from 1 to 65535',
      'MYSQL_USER_FILE refers to a file that cannot be read (ENOENT)',
      'MYSQL_SSL_CA is neither a PEM certificate nor the path of a file with one',
      'MYSQL_REPLICA_HOSTS must be hosts such as db-2 or db-2:3306, separated by commas',
      'REDIS_URL must be like redis://host:6379, redis+sentinel://a,b/master or redis+cluster://a,b, with rediss for TLS',
      'CACHE_ENABLED must be one of true, false, not "yes"',
      'RATE_LIMIT_MAX must be a whole number from 0 to 1000000000, not "-1"',
      'WEBHOOK_SECRETS must be secrets like whsec_… with 24 to 64 bytes in base64, separated by commas',
      'PARTNER_API_URL must be an http(s) URL without user, password and fragment',
      'FARMLOKAL_FAILPOINTS must be like name=kill, name=stop, name=throw or name=delay:500',
    ];
    expect(() => parse(environment)).toThrow(new InvalidConfigurationError(faults));
  });

  it('WEB_CONCURRENCY: several processes are refused without MYSQL_HOST', () => {
    expect(parse({ WEB_CONCURRENCY: '4', MYSQL_HOST: 'db' }).processes).toBe(4);
    expect(() => parse({ WEB_CONCURRENCY: '4' })).toThrow('WEB_CONCURRENCY requires MYSQL_HOST');
  });

  it('_FILE variable: a value set both directly and by a file is refused', () => {
    expect(() => parse({ HOST: 'a', HOST_FILE: '/ca.pem' })).toThrow('HOST is set twice');
  });

  it('WEBHOOK_SECRETS: a list is accepted, and production requires one secret or explicit permission', () => {
    const [one, other] = [24, 64].map((length) => Buffer.from(Array.from({ length }, (_, at) => 7 * at)));
    const toText = (secret = Buffer.alloc(0)) => `whsec_${secret.toString('base64')}`;
    expect(parse({ WEBHOOK_SECRETS: `${toText(one)}, ${toText(other)}` }).webhook.secrets).toEqual([one, other]);
    expect(() => parse({ NODE_ENV: 'production' })).toThrow('WEBHOOK_SECRETS is required in production');
    expect(parse({ NODE_ENV: 'production', WEBHOOK_ALLOW_UNSIGNED: 'true' }).webhook.secrets).toEqual([]);
    expect(parse({ NODE_ENV: 'production', WEBHOOK_SECRETS: toText(one) }).webhook.secrets).toEqual([one]);
  });

  it.each([
    ['a webhook secret of one repeated byte', { WEBHOOK_SECRETS: `whsec_${Buffer.alloc(32, 1).toString('base64')}` }],
    ['a short metrics token', { METRICS_TOKEN: 'prometheus' }],
    ['a remote database without a password', { MYSQL_HOST: 'db' }],
    [
      'the client secret of the sandbox',
      {
        OAUTH_URL: 'https://login.partner.example/token',
        OAUTH_CLIENT_ID: 'a',
        OAUTH_CLIENT_SECRET: 'not-a-secret',
        PARTNER_API_URL: 'https://api.partner.example',
      },
    ],
  ])('production: %s is refused with the name of the variable', (_, environment) => {
    const production = { NODE_ENV: 'production', WEBHOOK_ALLOW_UNSIGNED: 'true', ...environment };
    expect(() => parse(production)).toThrow(/^The configuration has a fault:\n {2}[A-Z_]+ /);
    expect(() => parse(environment)).not.toThrow();
  });

  it('CORS: CORS_ORIGINS is a list of origins, and a URL with a path is refused', () => {
    const origins = ['https://app.example', 'http://localhost:5173'];
    expect(parse({ CORS_ORIGINS: origins.join(', ') }).http.corsOrigins).toEqual(origins);
    expect(() => parse({ CORS_ORIGINS: 'https://app.example/' })).toThrow('CORS_ORIGINS must be');
  });

  it('graceful shutdown: the grace period is 5 s in production and must be shorter than the deadline', () => {
    expect(parse({ NODE_ENV: 'production', WEBHOOK_ALLOW_UNSIGNED: 'true' }).shutdown.graceSeconds).toBe(5);
    expect(() => parse({ SHUTDOWN_GRACE_SECONDS: '30' })).toThrow('SHUTDOWN_DEADLINE_SECONDS must be more than');
  });

  it('tracing: variables set the collector and the sampled share, and a percentage is refused', () => {
    const { collector } = parse({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://otel:4318', OTEL_TRACES_SAMPLER_ARG: '0.1' });
    expect(collector).toEqual({ endpoint: 'http://otel:4318/', sampledShare: 0.1 });
    expect(() => parse({ OTEL_TRACES_SAMPLER_ARG: '10%' })).toThrow('OTEL_TRACES_SAMPLER_ARG must be');
  });

  it.each(['whsec_', 'secret', `whsec_${'A'.repeat(30)}`, `whsec_${'A'.repeat(88)}`, `whsec_${'*'.repeat(40)}`])(
    'WEBHOOK_SECRETS: %s is refused, and the error does not contain it',
    (text) => {
      const refused = () => parse({ WEBHOOK_SECRETS: text });
      expect(refused).toThrow('WEBHOOK_SECRETS must be secrets like');
      if (text.length > 6) expect(refused).not.toThrow(text);
    },
  );

  describe('partner', () => {
    const named = {
      OAUTH_URL: 'https://login.example/token',
      OAUTH_CLIENT_ID: 'us',
      OAUTH_CLIENT_SECRET: 'a-secret',
      PARTNER_API_URL: 'https://api.example/v1/',
    };

    it('sandbox: it is the partner in development, and test and production have none by default', () => {
      expect(parse({ SANDBOX_PORT: '5000', PORT: '3001' }).partner).toMatchObject({
        apiUrl: 'http://127.0.0.1:5000',
        oauth: { tokenUrl: 'http://127.0.0.1:5000/oauth/token' },
        callbackUrl: 'http://127.0.0.1:3001/webhook',
      });
      expect(parse({ NODE_ENV: 'test' }).partner).toBeUndefined();
      expect(parse({ NODE_ENV: 'production', WEBHOOK_ALLOW_UNSIGNED: 'true' }).partner).toBeUndefined();
    });

    it('PARTNER_API_URL: URLs are kept as given, without the trailing slash of the API URL', () => {
      const { partner } = parse({ ...named, OAUTH_URL: 'https://login.example/o/token/?tenant=7' });
      expect(partner?.oauth.tokenUrl).toBe('https://login.example/o/token/?tenant=7');
      expect(partner?.apiUrl).toBe('https://api.example/v1');
    });

    it('PARTNER_MAX_TRIES: it can be set alone, and other numbers stay undefined for the policy', () => {
      const { partner } = parse({ ...named, PARTNER_MAX_TRIES: '1' });
      expect(partner).toMatchObject({ apiUrl: 'https://api.example/v1', syncEverySeconds: 300, isSandbox: false });
      expect(partner?.numbers).toMatchObject({ maxTries: 1, tryTimeoutMs: undefined });
    });

    it('OAUTH_CLIENT_SECRET_FILE: the configuration contains the secret and the path of its file', () => {
      const { OAUTH_CLIENT_SECRET: _, ...others } = named;
      const { partner } = parse({ ...others, OAUTH_CLIENT_SECRET_FILE: '/run/secrets/password' });
      expect(partner?.oauth).toMatchObject({ clientSecret: 'from-a-file', clientSecretFile: '/run/secrets/password' });
    });

    it.each([
      [{ ...named, OAUTH_CLIENT_AUTH: 'jwt' }, 'OAUTH_CLIENT_AUTH must be one of basic, post, not "jwt"'],
      [
        { ...named, OAUTH_RESOURCE: 'orders' },
        'OAUTH_RESOURCE must be absolute URIs such as https://api.example/orders',
      ],
      [{ ...named, OAUTH_RESOURCE: 'https://a.example/#b' }, 'OAUTH_RESOURCE must be absolute URIs'],
      [{ OAUTH_URL: named.OAUTH_URL }, 'OAUTH_CLIENT_ID is required with OAUTH_URL'],
      [{ OAUTH_CLIENT_ID: 'us' }, 'OAUTH_URL is required with PARTNER_API_URL'],
      [{ ...named, OAUTH_URL: 'ftp://login.example' }, 'OAUTH_URL must be an http(s) URL'],
      [{ ...named, PARTNER_API_URL: 'https://us:hidden@api.example' }, 'PARTNER_API_URL must be an http(s) URL'],
      [{ ...named, PARTNER_API_URL: 'https://api.example/v1?key=7' }, 'PARTNER_API_URL must have no query'],
      [{ ...named, OAUTH_CACHE_KEYS: 'dG9vIHNob3J0' }, 'OAUTH_CACHE_KEYS must be keys of 32 bytes'],
      [{ ...named, OAUTH_CACHE_KEYS: '*'.repeat(60) }, 'OAUTH_CACHE_KEYS must be keys of 32 bytes'],
      [{ ...named, OAUTH_CACHE_KEYS: `${'A'.repeat(43)}*` }, 'OAUTH_CACHE_KEYS must be keys of 32 bytes'],
    ])('validation: %j is refused, and the error contains no secret', (environment, fault) => {
      expect(() => parse(environment)).toThrow(fault);
      expect(() => parse(environment)).not.toThrow(/hidden|dG9v/);
    });

    it('TLS: production requires https, except for loopback or with PARTNER_ALLOW_INSECURE', () => {
      const production = { ...named, NODE_ENV: 'production', WEBHOOK_ALLOW_UNSIGNED: 'true' };
      const plain = { ...production, PARTNER_API_URL: 'http://partner:4010' };
      expect(() => parse(plain)).toThrow('PARTNER_API_URL must be https in production');
      expect(parse({ ...plain, PARTNER_ALLOW_INSECURE: 'true' }).partner?.apiUrl).toBe('http://partner:4010');
      expect(parse({ ...production, OAUTH_URL: 'http://127.0.0.1:1/token' }).partner).toBeDefined();
    });

    it('OAUTH_CACHE_KEYS: the keys of the shared token are decoded from base64', () => {
      const keys = [1, 2].map((byte) => Buffer.alloc(32, byte));
      const text = keys.map((key) => key.toString('base64')).join(',');
      expect(parse({ ...named, OAUTH_CACHE_KEYS: text }).partner?.oauth.cacheKeys).toEqual(keys);
    });
  });

  it('failpoints: they are read in the test environment and ignored in development', () => {
    const FARMLOKAL_FAILPOINTS = 'in.received=kill,wk.prepared=delay:500';
    const failpoints = new Map<string, unknown>([
      ['in.received', { action: 'kill' }],
      ['wk.prepared', { delayMs: 500 }],
    ]);
    expect(parse({ NODE_ENV: 'test', FARMLOKAL_FAILPOINTS }).failpoints).toEqual(failpoints);
    expect(parse({ NODE_ENV: 'development', FARMLOKAL_FAILPOINTS }).failpoints.size).toBe(0);
  });

  it('immutability: the configuration and its sections are frozen', () => {
    const config = parse({});
    expect([config, config.http, config.database].every(Object.isFrozen)).toBe(true);
  });
});
