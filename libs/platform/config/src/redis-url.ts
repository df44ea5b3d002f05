/**
 * Where Redis is, in one line:
 *   redis://[user:password@]host[:6379][/database]              one server
 *   redis+sentinel://[…@]host[:26379],…/master[/database]       whichever server the sentinels name as master
 *   redis+cluster://[…@]host[:6379],…                           a cluster, found through any of its nodes
 * and the same with `rediss` for TLS. `valkey` and `valkeys` are other names of `redis` and `rediss`. User and password are
 * percent-encoded. `?family=` says which addresses a host name is resolved to: 4, 6, or 0 for both.
 */
import { parseServerAddress, type ServerAddress } from './server-address';

export interface RedisConfig {
  readonly kind: 'standalone' | 'sentinel' | 'cluster';
  readonly servers: readonly ServerAddress[];
  /** What the sentinels call it; empty elsewhere. */
  readonly masterName: string;
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly database: number;
  readonly isTls: boolean;
  /** PEM text of the certificate authority; without it those the runtime knows. */
  readonly sslCa: string | undefined;
  /** Of the addresses that host names are resolved to; 0: both. */
  readonly family: 0 | 4 | 6;
  /** Undefined: the default of redis.policy.ts, where its reason is. */
  readonly commandTimeoutMs: number | undefined;
}

const SHAPE =
  /^(?:redis|valkey)(s?)(?:\+(sentinel|cluster))?:\/\/(?:([^@/?]*)@)?([^@/?]+)(?:\/([^?#]*))?(?:\?([^#]*))?$/;
const DEFAULT_PORT = { standalone: 6_379, sentinel: 26_379, cluster: 6_379 };

export const REDIS_SHAPES =
  'must be like redis://host:6379, redis+sentinel://a,b/master or redis+cluster://a,b, with rediss for TLS';

/** The refusal says what is wrong or what to write, and repeats nothing that may be secret. */
export function parseRedisUrl(text: string): RedisConfig | { readonly refusal: string } {
  const [, secure, style, login = '', list, path = '', query = ''] = SHAPE.exec(text) ?? [];
  if (list === undefined) return { refusal: REDIS_SHAPES };
  const kind = (style ?? 'standalone') as RedisConfig['kind'];
  const servers = parseServers(kind, list);
  const place = parsePath(kind, path);
  const credentials = parseLogin(login);
  if (servers === undefined || place === undefined || credentials === undefined) return { refusal: REDIS_SHAPES };
  const options = parseOptions(new URLSearchParams(query), secure === 's');
  if ('refusal' in options) return options;
  return {
    kind,
    servers,
    ...credentials,
    ...place,
    ...options,
    isTls: secure === 's',
    sslCa: undefined,
    commandTimeoutMs: undefined,
  };
}

function parseServers(kind: RedisConfig['kind'], list: string): ServerAddress[] | undefined {
  const servers = list.split(',').map((server) => parseServerAddress(server, DEFAULT_PORT[kind]));
  const isUsable = !servers.includes(undefined) && (kind !== 'standalone' || servers.length === 1);
  return isUsable ? (servers as ServerAddress[]) : undefined;
}

const FAMILIES: Readonly<Record<string, RedisConfig['family']>> = { 0: 0, 4: 4, 6: 6 };

/** Hosting platforms put these behind the address, each for a client library of its own. */
function parseOptions(query: URLSearchParams, isTls: boolean): Pick<RedisConfig, 'family'> | { refusal: string } {
  const { family = '4', ssl_cert_reqs: certificates, ...others } = Object.fromEntries(query);
  const [unknown] = Object.keys(others);
  if (unknown !== undefined)
    return {
      refusal: `has the parameter ${unknown.slice(0, 40)}, which is not known; known are family and ssl_cert_reqs`,
    };
  const chosen = FAMILIES[family];
  if (chosen === undefined) return { refusal: 'must have 0, 4 or 6 for family' };
  if (certificates === undefined) return { family: chosen };
  if (!/^(?:cert_)?required$/i.test(certificates))
    return {
      refusal:
        'must not turn the verification of certificates off: leave ssl_cert_reqs out, and name their authority in REDIS_SSL_CA',
    };
  if (!isTls) return { refusal: 'has ssl_cert_reqs, but no TLS: write rediss:// instead of redis://' };
  return { family: chosen };
}

/** Sentinels know their master by name; a cluster has one database only. */
function parsePath(kind: RedisConfig['kind'], path: string) {
  const [first = '', second = ''] = path.split('/');
  if (kind === 'sentinel') return first === '' ? undefined : withDatabase(first, second);
  if (second !== '' || (kind === 'cluster' && first !== '')) return undefined;
  return withDatabase('', first);
}

function withDatabase(masterName: string, database: string) {
  return /^\d{0,3}$/.test(database) ? { masterName, database: Number(database) } : undefined;
}

/** `user:password`, `:password`, or a password alone. */
function parseLogin(login: string): Pick<RedisConfig, 'username' | 'password'> | undefined {
  const [first = '', ...rest] = login.split(':');
  const [user, password] = rest.length === 0 ? ['', first] : [first, rest.join(':')];
  try {
    return {
      username: decodeURIComponent(user) || undefined,
      password: decodeURIComponent(password) || undefined,
    };
  } catch {
    return undefined;
  }
}
