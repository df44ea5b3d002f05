/** The meaning of every variable. docs/configuration.md and .env.example are generated from it and from the code that reads them. */

interface VariableMeaning {
  /** In sentences. */
  readonly meaning: string;
  /** A value for `.env.example`, if there is no default. */
  readonly example?: string;
  /** The default in words, if the code that reads the variable has none. */
  readonly fallback?: string;
}

export interface VariableSection {
  readonly title: string;
  readonly variables: Readonly<Record<string, VariableMeaning>>;
}

export const VARIABLE_SECTIONS: readonly VariableSection[] = [
  {
    title: 'Service',
    variables: {
      NODE_ENV: {
        meaning:
          'In development the service migrates and fills an empty database at start. In production it never changes the schema, ' +
          'and it refuses settings that are unsafe in production.',
      },
      HOST: { meaning: 'Address to listen on.' },
      PORT: { meaning: 'Port to listen on; 0 lets the system choose one.' },
      PUBLIC_URL: {
        meaning:
          'Base URL under which clients reach the service, if a gateway removes a path. It appears in `Link`, problem types and ' +
          'the OpenAPI document. Without it, `X-Forwarded-Prefix` of a trusted proxy has the same effect.',
        example: 'https://api.example.org/catalogue',
      },
      TRUST_PROXY: {
        meaning:
          'Proxies whose `X-Forwarded-For` is trusted: `none`, the number of hops in front of the service, or their addresses, ' +
          'such as `10.0.0.0/8,loopback`.',
      },
      CORS_ORIGINS: {
        meaning:
          'Origins whose scripts may read responses in a browser: `*`, or origins such as `https://app.example`.',
      },
      WEB_CONCURRENCY: {
        meaning:
          'Number of processes that serve on the port. More than one requires `MYSQL_HOST`, and Redis to share rate limits and the cache.',
      },
      SHUTDOWN_GRACE_SECONDS: {
        meaning:
          'Grace period after SIGTERM: the service reports that it is not ready and keeps serving. Then it completes the ' +
          'requests in progress.',
      },
      SHUTDOWN_DEADLINE_SECONDS: {
        meaning:
          'Time from SIGTERM to the end of the process, grace period included. After it the process exits with code 1.',
      },
      LOG_LEVEL: { meaning: 'Least severe level that is logged.' },
      METRICS_TOKEN: {
        meaning:
          'Bearer token that `GET /metrics` requires. Without it metrics are public. In production it has at least 16 characters.',
      },
      OTEL_EXPORTER_OTLP_ENDPOINT: {
        meaning: 'Collector that traces are sent to, as OTLP over HTTP. Without it no trace is recorded.',
        example: 'http://127.0.0.1:4318',
      },
      OTEL_TRACES_SAMPLER_ARG: { meaning: 'Share of the traces that begin here and are recorded, from 0 to 1.' },
    },
  },
  {
    title: 'Database',
    variables: {
      DATABASE_FILE: { meaning: 'File of the embedded SQLite database, which is used if `MYSQL_HOST` is not set.' },
      MYSQL_HOST: { meaning: 'Host of MySQL 8+ or MariaDB 10.6+.', example: '127.0.0.1' },
      MYSQL_PORT: { meaning: 'Port of that server.' },
      MYSQL_USER: { meaning: 'User of that server.' },
      MYSQL_PASSWORD: { meaning: 'Its password. Production requires one unless the server runs on the same machine.' },
      MYSQL_DB: { meaning: 'Name of the database.' },
      MYSQL_POOL_SIZE: {
        meaning: 'Connections per process for reads; a second pool has as many, and at least 8, for writes.',
      },
      MYSQL_SSL_CA: {
        meaning:
          'Certificate authority, as PEM text or as the path of a file. It turns TLS on and verifies the certificate and, ' +
          'unless the host is an IP address, its name.',
      },
      MYSQL_REPLICA_HOSTS: {
        meaning:
          'Read replicas for the catalogue, as hosts separated by commas. Each names one server, has the same user, password ' +
          'and database, and replicates by GTID.',
        example: 'db-2:3306,db-3:3306',
      },
      MYSQL_REPLICA_MAX_LAG_SECONDS: { meaning: 'Replica lag beyond which a replica is not read from.' },
    },
  },
  {
    title: 'Redis',
    variables: {
      REDIS_URL: {
        meaning:
          'Redis or Valkey, for state that processes share: `redis://[user:password@]host[:6379][/database]`, ' +
          '`redis+sentinel://a:26379,b:26379/master` or `redis+cluster://a:6379,b:6379`; `rediss` for TLS. User and password ' +
          'are those of the servers; sentinels are accessed without credentials. Without Redis, and while it is unavailable, each process has ' +
          'a cache and rate limits of its own.',
        example: 'redis://127.0.0.1:6379',
      },
      REDIS_HOST: { meaning: 'Host of Redis, instead of `REDIS_URL`.', example: '127.0.0.1' },
      REDIS_PORT: { meaning: 'Port of Redis, with `REDIS_HOST`.' },
      REDIS_SSL_CA: {
        meaning:
          'Certificate authority, as PEM text or as the path of a file. It enables TLS with certificate verification.',
      },
      REDIS_COMMAND_TIMEOUT_MS: {
        meaning:
          'Timeout of a command; set it to about three round trips. If Redis is slower, the service works as if it were unavailable.',
        fallback: '30',
      },
    },
  },
  {
    title: 'Cache and rate limits',
    variables: {
      CACHE_ENABLED: { meaning: 'Whether catalogue responses are cached.' },
      CACHE_TTL_SECONDS: { meaning: 'Time for which a cached response is fresh.' },
      RATE_LIMIT_MAX: {
        meaning:
          'Requests per window and client address; an IPv6 client is its /64, and a /48 has ten times the limit. 0 turns the ' +
          'limit off.',
      },
      WEBHOOK_RATE_LIMIT_MAX: { meaning: 'The same for `POST /webhook`.' },
      RATE_LIMIT_WINDOW_SECONDS: { meaning: 'Length of the window.' },
    },
  },
  {
    title: 'Webhook',
    variables: {
      WEBHOOK_SECRETS: {
        meaning:
          'Secrets of Standard Webhooks signatures, separated by commas so that they can be rotated: `whsec_` and 24 to 64 ' +
          'random bytes in base64. Production requires one, or `WEBHOOK_ALLOW_UNSIGNED=true`.',
      },
      WEBHOOK_ALLOW_UNSIGNED: { meaning: 'Whether unsigned events are accepted if there is no secret.' },
      WEBHOOK_WORKER: {
        meaning: 'Whether this process applies accepted events. Another process can apply them: `npm run cli -- work`.',
      },
      WEBHOOK_MAX_ATTEMPTS: { meaning: 'Attempts after which an event becomes a dead letter.' },
    },
  },
  {
    title: 'Partner',
    variables: {
      OAUTH_URL: {
        meaning:
          'OAuth 2 token endpoint of the partner (client credentials). Without it, development starts a sandbox that simulates the ' +
          'partner, and production has no partner.',
        example: 'https://login.partner.example/oauth/token',
      },
      OAUTH_CLIENT_ID: { meaning: 'Client id of this service.' },
      OAUTH_CLIENT_SECRET: {
        meaning: 'Client secret. A secret from `OAUTH_CLIENT_SECRET_FILE` is read again after the file changes.',
      },
      OAUTH_SCOPE: { meaning: 'Scope to request, if the partner requires one.' },
      OAUTH_AUDIENCE: { meaning: 'Audience to request, if the partner requires one.' },
      OAUTH_RESOURCE: {
        meaning: 'APIs that the token is for (RFC 8707), separated by commas.',
        example: 'https://api.partner.example',
      },
      OAUTH_CLIENT_AUTH: {
        meaning: 'Client authentication: `basic` (HTTP Basic) or `post` (client_id and client_secret in the form).',
      },
      OAUTH_TOKEN_SECONDS: { meaning: 'Lifetime of a token whose response has no `expires_in`.' },
      OAUTH_CACHE_KEYS: {
        meaning:
          'Keys that encrypt the token in Redis: 32 bytes in base64, separated by commas. The first one encrypts, all decrypt. ' +
          'Without them a key is derived from the client secret.',
      },
      PARTNER_API_URL: { meaning: 'Base URL of the API of the partner.', example: 'https://api.partner.example' },
      PARTNER_ALLOW_INSECURE: {
        meaning: 'Whether production may send secrets to the partner without TLS, as inside a service mesh.',
      },
      WEBHOOK_CALLBACK_URL: {
        meaning: 'URL that the partner sends events to. The service registers it at start.',
        example: 'https://catalogue.example/webhook',
      },
      PARTNER_CONNECT_TIMEOUT_MS: { meaning: 'Connect timeout.' },
      PARTNER_TRY_TIMEOUT_MS: { meaning: 'Timeout of one attempt.' },
      PARTNER_DEADLINE_MS: { meaning: 'Deadline of a call with all its attempts.' },
      PARTNER_MAX_TRIES: { meaning: 'Attempts of a call.' },
      PARTNER_RETRY_BUDGET_PERCENT: { meaning: 'Maximum share of retries, in percent of all calls.' },
      PARTNER_CONCURRENT_CALLS: { meaning: 'Concurrent calls per process (bulkhead).' },
      PARTNER_BREAKER_SECONDS: { meaning: 'Time for which the circuit breaker stays open.' },
      AVAILABILITY_DEADLINE_MS: { meaning: 'Deadline of a call for `GET /products/{id}/availability`.' },
      WEBHOOK_CALLBACK_CHECK_SECONDS: { meaning: 'Interval at which the registration of the callback is checked.' },
      SYNC_EVERY_SECONDS: {
        meaning: 'Interval at which changes are read from the partner; 0: only by `npm run cli -- sync`.',
        fallback: '300; 0 with the sandbox',
      },
      SANDBOX_PORT: { meaning: 'Port of the sandbox.' },
    },
  },
  {
    title: 'Tests',
    variables: {
      FARMLOKAL_FAILPOINTS: {
        meaning: 'Faults to inject, such as `wk.claimed=kill`; read only if `NODE_ENV=test`.',
      },
    },
  },
];
