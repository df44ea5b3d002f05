/**
 * Where Redis is, in one line:
 *   redis://[user:password@]host[:6379][/database]              one server
 *   redis+sentinel://[…@]host[:26379],…/master[/database]       whichever server the sentinels name as master
 *   redis+cluster://[…@]host[:6379],…                           a cluster, found through any of its nodes
 * and the same with `rediss` for TLS. User and password are percent-encoded.
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
  /** Undefined: the default of redis.policy.ts, where its reason is. */
  readonly commandTimeoutMs: number | undefined;
}

const SHAPE = /^redis(s?)(?:\+(sentinel|cluster))?:\/\/(?:([^@/]*)@)?([^@/]+)(?:\/([^?#]*))?$/;
const DEFAULT_PORT = { standalone: 6_379, sentinel: 26_379, cluster: 6_379 };

/** Undefined where the text has none of the shapes above. */
export function parseRedisUrl(text: string): RedisConfig | undefined {
  const [, secure, style, login = '', list, path = ''] = SHAPE.exec(text) ?? [];
  if (list === undefined) return undefined;
  const kind = (style ?? 'standalone') as RedisConfig['kind'];
  const servers = list.split(',').map((server) => parseServerAddress(server, DEFAULT_PORT[kind]));
  const place = parsePath(kind, path);
  const credentials = parseLogin(login);
  if (servers.includes(undefined) || place === undefined || credentials === undefined) return undefined;
  if (kind === 'standalone' && servers.length > 1) return undefined;
  return {
    kind,
    servers: servers as ServerAddress[],
    ...credentials,
    ...place,
    isTls: secure === 's',
    sslCa: undefined,
    commandTimeoutMs: undefined,
  };
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
