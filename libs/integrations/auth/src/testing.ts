/**
 * In-memory fakes for unit tests of the token provider: several replicas with one Redis and one authorization server,
 * on virtual time.
 */
import { Logger } from '@nestjs/common';
import type { AppConfig } from '@platform/config';
import { ApplicationError } from '@platform/errors';
import { TestClock } from '@testing/resilience';
import { Registry } from 'prom-client';
import type { AccessToken } from './access-token';
import { AuthorizationServer, Connection } from './provider/authorization-server.fake';
import { ClientSecret } from './request/client-secret.reader';
import { StoppableProcess } from './provider/process.fake';
import { TokenEndpoint } from './request/token-endpoint.client';
import { TokenMetrics } from './token-metrics.service';
import { TokenProvider } from './provider/token.provider';
import { TokenRequests } from './request/token-requests.service';
import { ReplicaTokens, TokenStore, asSharedTokens } from './provider/token-store.fake';

export { SharedTokens } from './sharing/shared-tokens.repository';

type OAuth = NonNullable<AppConfig['partner']>['oauth'];

const defaults: OAuth = {
  tokenUrl: 'https://partner.example/token',
  clientId: 'farmlokal',
  clientSecret: 'not-a-secret',
  clientSecretFile: undefined,
  scope: undefined,
  audience: undefined,
  resources: [],
  clientAuth: 'basic',
  tokenSeconds: 300,
  cacheKeys: [],
};

/** Returns a configuration with only a partner and the timeout of a Redis command. */
export function partnerConfig(oauth: Partial<OAuth> = {}, commandTimeoutMs = 30): AppConfig {
  return { partner: { oauth: { ...defaults, ...oauth } }, redis: { commandTimeoutMs } } as AppConfig;
}

interface ReplicaOptions {
  readonly oauth?: Partial<OAuth>;
  /** Random number of its clock; 0.5 gives the mean of every jitter. */
  readonly randomness?: number;
  /** Delay of each Redis command. */
  readonly redisLatencyMs?: number;
}

/** One Redis and one authorization server with the replicas that use them. */
export class Deployment {
  readonly store = new TokenStore();
  readonly server = new AuthorizationServer();
  /** Logged lines as JSON, with their level. */
  readonly logs: { readonly level: string; readonly line: string }[] = [];
  private count = 0;

  constructor() {
    const record = (level: string) => (line: unknown) => this.logs.push({ level, line: JSON.stringify(line) });
    Logger.overrideLogger({ log: record('log'), warn: record('warn'), error: record('error') });
  }

  replica(options: ReplicaOptions = {}): Replica {
    this.count += 1;
    return new Replica(`replica ${this.count}`, this, options);
  }

  replicas(count: number): Replica[] {
    return Array.from({ length: count }, () => this.replica());
  }
}

/** The real token provider and its real collaborators, in a process that can be stopped and resumed. */
export class Replica {
  readonly clock: TestClock;
  readonly registry = new Registry();
  readonly provider: TokenProvider;
  private readonly process = new StoppableProcess();

  constructor(
    readonly name: string,
    { store, server }: Deployment,
    { oauth, randomness = 0.5, redisLatencyMs = 0 }: ReplicaOptions,
  ) {
    const config = partnerConfig(oauth);
    this.clock = new TestClock(randomness);
    const metrics = new TokenMetrics(this.registry);
    const secret = new ClientSecret(config, this.clock);
    const endpoint = new TokenEndpoint(config, new Connection(server, this.process));
    const requests = new TokenRequests(endpoint, secret, metrics, this.clock);
    const shared = asSharedTokens(new ReplicaTokens(store, this.name, this.process, this.clock, redisLatencyMs));
    this.provider = new TokenProvider(requests, shared, this.clock, this.process.failpoints, metrics);
  }

  call(signal: AbortSignal = new AbortController().signal): Call {
    return new Call(this.provider.get(signal));
  }

  calls(count: number): Call[] {
    return Array.from({ length: count }, () => this.call());
  }

  replace(rejected: AccessToken | undefined): Call {
    if (rejected === undefined) throw new Error('there is no token to replace');
    return new Call(this.provider.replace(rejected, new AbortController().signal));
  }

  /** Acts like SIGSTOP; without `resume`, like SIGKILL. */
  stop(): void {
    this.process.stop();
  }

  /** Stops as soon as the provider reaches this failpoint. */
  stopAt(failpoint: string): void {
    this.process.failpoints.stopsAt = failpoint;
  }

  resume(): void {
    this.process.resume();
  }

  async metric(name: string): Promise<readonly { readonly labels: object; readonly value: number }[]> {
    return (await this.registry.getSingleMetric(name)?.get())?.values ?? [];
  }
}

/** One caller, and its result so far. */
export class Call {
  /** Value of the token, code of an ApplicationError, message of another error, `nothing` or `pending`. */
  outcome = 'pending';
  token: AccessToken | undefined;
  settledAtMs = NaN;

  constructor(result: Promise<AccessToken | undefined>) {
    void result.then(
      (token) => this.settle(token?.value ?? 'nothing', token),
      (error: unknown) => this.settle(nameOf(error as Error)),
    );
  }

  private settle(outcome: string, token?: AccessToken): void {
    this.outcome = outcome;
    this.token = token;
    this.settledAtMs = performance.now();
  }
}

function nameOf(error: Error): string {
  return error instanceof ApplicationError ? error.name : error.message;
}

/** Returns the distinct outcomes, sorted. */
export function outcomesOf(calls: readonly Call[]): string[] {
  return [...new Set(calls.map(({ outcome }) => outcome))].sort();
}
