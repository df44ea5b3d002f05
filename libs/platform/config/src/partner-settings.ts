/**
 * Endpoints, credentials and call settings of the partner. In development without OAUTH_URL, the sandbox on this
 * machine is the partner. Requests to it contain secrets, so production requires TLS, except on loopback.
 */
import { notThis, type EnvironmentReader } from './environment-reader';
import { isLoopback } from './loopback';
import { parseSecrets, TOKEN_KEY } from './secret-bytes';

interface OAuthConfig {
  readonly tokenUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Path of the file with the secret, which may change at run time; undefined if the secret was set directly. */
  readonly clientSecretFile: string | undefined;
  readonly scope: string | undefined;
  readonly audience: string | undefined;
  /** APIs that a token is for (RFC 8707). */
  readonly resources: readonly string[];
  /** How the client authenticates at the token endpoint (RFC 6749 §2.3.1). */
  readonly clientAuth: 'basic' | 'post';
  /** Lifetime of tokens without `expires_in`. */
  readonly tokenSeconds: number;
  /** Keys of 32 bytes for tokens shared through Redis: the first seals, all open. Empty: derived from the secret. */
  readonly cacheKeys: readonly Buffer[];
}

/** Each in its own unit. Undefined: the default of partner.policy.ts, which states its reason. */
export interface PartnerNumbers {
  readonly connectTimeoutMs: number | undefined;
  readonly tryTimeoutMs: number | undefined;
  readonly deadlineMs: number | undefined;
  readonly maxTries: number | undefined;
  readonly retryBudgetPercent: number | undefined;
  readonly concurrentCalls: number | undefined;
  readonly breakerSeconds: number | undefined;
  readonly availabilityDeadlineMs: number | undefined;
  readonly callbackCheckSeconds: number | undefined;
}

export interface PartnerConfig {
  readonly apiUrl: string;
  readonly oauth: OAuthConfig;
  readonly numbers: PartnerNumbers;
  /** URL to which the partner sends its events; undefined: no webhook is registered. */
  readonly callbackUrl: string | undefined;
  /** 0: only the command `sync` synchronises. */
  readonly syncEverySeconds: number;
  /** Whether the sandbox on this machine simulates the partner, because none is configured. */
  readonly isSandbox: boolean;
  /** Port of the sandbox that the service starts. */
  readonly sandboxPort: number;
}

/** Port and client credentials of the sandbox; none of them is secret. */
const sandboxDefaults = { port: 4_010, clientId: 'farmlokal', clientSecret: 'not-a-secret' };
const ANY_MS = { min: 1, max: 600_000 };

export function readPartner(env: EnvironmentReader, environment: string, ownPort: number): PartnerConfig | undefined {
  const given = readGiven(env, environment);
  if (given.tokenUrl !== undefined) return toNamedPartner(env, given, given.tokenUrl);
  if ((given.apiUrl ?? given.clientId ?? given.clientSecret) !== undefined)
    env.refuse('OAUTH_URL', 'is required with PARTNER_API_URL, OAUTH_CLIENT_ID and OAUTH_CLIENT_SECRET');
  return environment === 'development' ? toSandbox(given, ownPort) : undefined;
}

type Given = ReturnType<typeof readGiven>;

/** Reads every variable, also unused ones, so that all of them are declared. */
function readGiven(env: EnvironmentReader, environment: string) {
  const tokenUrl = env.url('OAUTH_URL');
  const isSandbox = environment === 'development' && tokenUrl === undefined;
  return {
    tokenUrl,
    clientId: env.text('OAUTH_CLIENT_ID'),
    clientSecret: env.text('OAUTH_CLIENT_SECRET'),
    clientSecretFile: env.fileOf('OAUTH_CLIENT_SECRET'),
    terms: {
      scope: env.text('OAUTH_SCOPE'),
      audience: env.text('OAUTH_AUDIENCE'),
      resources: readResources(env),
      clientAuth: env.choice('OAUTH_CLIENT_AUTH', ['basic', 'post'], 'basic'),
      tokenSeconds: env.integer('OAUTH_TOKEN_SECONDS', { min: 1, max: 86_400 }, 300),
      cacheKeys: readCacheKeys(env),
    },
    apiUrl: env.baseUrl('PARTNER_API_URL'),
    isInsecureAllowed: env.flag('PARTNER_ALLOW_INSECURE', environment !== 'production'),
    callbackUrl: env.url('WEBHOOK_CALLBACK_URL'),
    numbers: readNumbers(env),
    syncEverySeconds: env.integer('SYNC_EVERY_SECONDS', { min: 0, max: 86_400 }),
    sandboxPort: env.port('SANDBOX_PORT', sandboxDefaults.port, isSandbox),
  };
}

function toNamedPartner(env: EnvironmentReader, given: Given, tokenUrl: string): PartnerConfig {
  const { clientId, clientSecret, clientSecretFile, terms, apiUrl, callbackUrl, numbers, sandboxPort } = given;
  const needed = { OAUTH_CLIENT_ID: clientId, OAUTH_CLIENT_SECRET: clientSecret, PARTNER_API_URL: apiUrl };
  for (const [name, value] of Object.entries(needed))
    if (value === undefined) env.refuse(name, 'is required with OAUTH_URL');
  if (!given.isInsecureAllowed) refuseInsecure(env, { OAUTH_URL: tokenUrl, PARTNER_API_URL: apiUrl });
  if (!given.isInsecureAllowed && clientSecret === sandboxDefaults.clientSecret)
    env.refuse('OAUTH_CLIENT_SECRET', 'is the public secret of the sandbox. Use the secret from the partner');
  const oauth = { tokenUrl, clientId: clientId ?? '', clientSecret: clientSecret ?? '', clientSecretFile, ...terms };
  const syncEverySeconds = given.syncEverySeconds ?? 300;
  return { apiUrl: apiUrl ?? '', oauth, numbers, callbackUrl, syncEverySeconds, isSandbox: false, sandboxPort };
}

/** The sandbox has demo products, which do not belong in a real catalogue: by default, they are not synchronised. */
function toSandbox({ terms, callbackUrl, numbers, sandboxPort, ...given }: Given, ownPort: number): PartnerConfig {
  const apiUrl = `http://127.0.0.1:${sandboxPort}`;
  const { clientId, clientSecret } = sandboxDefaults;
  return {
    apiUrl,
    oauth: { tokenUrl: `${apiUrl}/oauth/token`, clientId, clientSecret, clientSecretFile: undefined, ...terms },
    numbers,
    callbackUrl: callbackUrl ?? `http://127.0.0.1:${ownPort}/webhook`,
    syncEverySeconds: given.syncEverySeconds ?? 0,
    isSandbox: true,
    sandboxPort,
  };
}

function readNumbers(env: EnvironmentReader): PartnerNumbers {
  return {
    connectTimeoutMs: env.integer('PARTNER_CONNECT_TIMEOUT_MS', ANY_MS),
    tryTimeoutMs: env.integer('PARTNER_TRY_TIMEOUT_MS', ANY_MS),
    deadlineMs: env.integer('PARTNER_DEADLINE_MS', ANY_MS),
    maxTries: env.integer('PARTNER_MAX_TRIES', { min: 1, max: 10 }),
    retryBudgetPercent: env.integer('PARTNER_RETRY_BUDGET_PERCENT', { min: 0, max: 100 }),
    concurrentCalls: env.integer('PARTNER_CONCURRENT_CALLS', { min: 1, max: 10_000 }),
    breakerSeconds: env.integer('PARTNER_BREAKER_SECONDS', { min: 1, max: 600 }),
    availabilityDeadlineMs: env.integer('AVAILABILITY_DEADLINE_MS', ANY_MS),
    callbackCheckSeconds: env.integer('WEBHOOK_CALLBACK_CHECK_SECONDS', { min: 1, max: 86_400 }),
  };
}

/** Refusals do not contain the keys. */
function readCacheKeys(env: EnvironmentReader): readonly Buffer[] {
  const keys = parseSecrets(env.list('OAUTH_CACHE_KEYS'), TOKEN_KEY);
  if (keys === undefined) env.refuse('OAUTH_CACHE_KEYS', 'must be keys of 32 bytes in base64, separated by commas');
  return keys ?? [];
}

/** RFC 8707 §2: absolute URIs without a fragment. */
function readResources(env: EnvironmentReader): readonly string[] {
  const resources = env.list('OAUTH_RESOURCE');
  const wrong = resources.find((text) => !URL.canParse(text) || text.includes('#'));
  if (wrong !== undefined)
    env.refuse('OAUTH_RESOURCE', `must be absolute URIs such as https://api.example/orders${notThis(wrong)}`);
  return resources;
}

/** Refuses http URLs except of loopback, because credentials require TLS (RFC 6749 §3.2). */
function refuseInsecure(env: EnvironmentReader, urls: Readonly<Record<string, string | undefined>>): void {
  for (const [name, text] of Object.entries(urls)) {
    const url = new URL(text ?? 'https://unknown');
    if (url.protocol === 'http:' && !isLoopback(url.hostname))
      env.refuse(name, 'must be https in production, unless PARTNER_ALLOW_INSECURE=true');
  }
}
