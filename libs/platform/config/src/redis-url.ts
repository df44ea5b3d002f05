/**
 * Redis URLs:
 *   redis://[user:password@]host[:6379][/database]              one server
 *   redis+sentinel://[…@]host[:26379],…/master[/database]       the current master of the sentinels
 *   redis+cluster://[…@]host[:6379],…                           a cluster, discovered through any of its nodes
 * `rediss` instead of `redis` enables TLS. `valkey` and `valkeys` are synonyms of `redis` and `rediss`. User and
 * password are percent-encoded. `?family=` is the address family of resolved host names: 4, 6, or 0 for both.
 */
import { parseServerAddress, type ServerAddress } from './server-address';

export interface RedisConfig {
  readonly kind: 'standalone' | 'sentinel' | 'cluster';
  readonly servers: readonly ServerAddress[];
  /** Name of the master at the sentinels; otherwise empty. */
  readonly masterName: string;
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly database: number;
  readonly isTls: boolean;
  /** PEM text of the certificate authority; undefined: the authorities that Node.js trusts. */
  readonly sslCa: string | undefined;
  /** Address family of resolved host names; 0: both. */
  readonly family: 0 | 4 | 6;
  /** Undefined: the default of redis.policy.ts, which states its reason. */
  readonly commandTimeoutMs: number | undefined;
}

const SHAPE =
  /^(?:redis|valkey)(s?)(?:\+(sentinel|cluster))?:\/\/(?:([^@/?]*)@)?([^@/?]+)(?:\/([^?#]*))?(?:\?([^#]*))?$/;
const DEFAULT_PORT = { standalone: 6_379, sentinel: 26_379, cluster: 6_379 };

export const REDIS_SHAPES =
  'must be like redis://host:6379, redis+sentinel://a,b/master or redis+cluster://a,b, with rediss for TLS';

/**
 * `redis://cache/2` → `{ kind: 'standalone', servers: [{ host: 'cache', port: 6379 }], database: 2, … }`. A refusal
 * names the fault and its remedy, and contains nothing that may be secret.
 */
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

/** Reads parameters that hosting platforms append for various client libraries. */
function parseOptions(query: URLSearchParams, isTls: boolean): Pick<RedisConfig, 'family'> | { refusal: string } {
  const { family = '4', ssl_cert_reqs: certificates, ...others } = Object.fromEntries(query);
  const [unknown] = Object.keys(others);
  if (unknown !== undefined)
    return {
      refusal: `has the unknown parameter ${unknown.slice(0, 40)}; supported are family and ssl_cert_reqs`,
    };
  const chosen = FAMILIES[family];
  if (chosen === undefined) return { refusal: 'must have family 0, 4 or 6' };
  if (certificates === undefined) return { family: chosen };
  if (!/^(?:cert_)?required$/i.test(certificates))
    return {
      refusal: 'must not disable certificate verification. Omit ssl_cert_reqs, and name the authority in REDIS_SSL_CA',
    };
  if (!isTls) return { refusal: 'has ssl_cert_reqs but no TLS. Use rediss:// instead of redis://' };
  return { family: chosen };
}

/** `master/database` for sentinels, `database` for one server, and empty for a cluster, which has database 0 only. */
function parsePath(kind: RedisConfig['kind'], path: string) {
  const [first = '', second = ''] = path.split('/');
  if (kind === 'sentinel') return first === '' ? undefined : withDatabase(first, second);
  if (second !== '' || (kind === 'cluster' && first !== '')) return undefined;
  return withDatabase('', first);
}

function withDatabase(masterName: string, database: string) {
  return /^\d{0,3}$/.test(database) ? { masterName, database: Number(database) } : undefined;
}

/** Parses `user:password`, `:password`, or a password alone. */
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
