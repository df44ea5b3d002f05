import { parseRedisUrl, REDIS_SHAPES } from './redis-url';

const anywhere = {
  masterName: '',
  username: undefined,
  password: undefined,
  database: 0,
  isTls: false,
  sslCa: undefined,
  family: 4,
  commandTimeoutMs: undefined,
};

describe('REDIS_URL', () => {
  it.each([
    ['redis://cache', { kind: 'standalone', servers: [{ host: 'cache', port: 6_379 }] }],
    [
      'redis://app:p%40ss@10.0.0.7:7000/2',
      {
        kind: 'standalone',
        servers: [{ host: '10.0.0.7', port: 7_000 }],
        username: 'app',
        password: 'p@ss',
        database: 2,
      },
    ],
    [
      'rediss://:secret@[::1]:6380',
      { kind: 'standalone', servers: [{ host: '::1', port: 6_380 }], password: 'secret', isTls: true },
    ],
    [
      'redis+sentinel://a,b:26380/main/1',
      {
        kind: 'sentinel',
        servers: [
          { host: 'a', port: 26_379 },
          { host: 'b', port: 26_380 },
        ],
        masterName: 'main',
        database: 1,
      },
    ],
    [
      'rediss+cluster://word@a:7000,b:7001',
      {
        kind: 'cluster',
        servers: [
          { host: 'a', port: 7_000 },
          { host: 'b', port: 7_001 },
        ],
        password: 'word',
        isTls: true,
      },
    ],
    [
      'valkey://cache:6379/1?family=0',
      { kind: 'standalone', servers: [{ host: 'cache', port: 6_379 }], database: 1, family: 0 },
    ],
    [
      'valkeys+cluster://a,b?family=6',
      {
        kind: 'cluster',
        servers: [
          { host: 'a', port: 6_379 },
          { host: 'b', port: 6_379 },
        ],
        isTls: true,
        family: 6,
      },
    ],
    [
      'rediss://cache?ssl_cert_reqs=CERT_REQUIRED',
      { kind: 'standalone', servers: [{ host: 'cache', port: 6_379 }], isTls: true },
    ],
  ])('Redis URL: %s is parsed', (text, expected) => {
    expect(parseRedisUrl(text)).toEqual({ ...anywhere, ...expected });
  });

  it.each([
    'cache:6379',
    'http://cache',
    'redis://',
    'redis://a,b',
    'redis://a:70000',
    'redis://a/x',
    'redis+sentinel://a,b',
    'redis+cluster://a/1',
    'redis://%zz@a',
    'redis://a:b:c',
  ])('Redis URL: %s is refused with the valid forms', (text) => {
    expect(parseRedisUrl(text)).toEqual({ refusal: REDIS_SHAPES });
  });

  it.each([
    ['redis://cache?family=5', 'must have family 0, 4 or 6'],
    ['redis://cache?db=2&password=word', 'has the unknown parameter db; supported are family and ssl_cert_reqs'],
    ['rediss://cache?ssl_cert_reqs=none', 'Omit ssl_cert_reqs, and name the authority in REDIS_SSL_CA'],
    ['rediss://cache/0?ssl_cert_reqs=CERT_NONE', 'must not disable certificate verification'],
    ['redis://cache?ssl_cert_reqs=required', 'Use rediss:// instead of redis://'],
  ])('Redis URL parameter: %s is refused with the remedy', (text, refusal) => {
    expect(parseRedisUrl(text)).toEqual({ refusal: expect.stringContaining(refusal) as string });
  });
});
