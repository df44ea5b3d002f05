/** Settings that can be changed while the sandbox runs. */
export interface Settings {
  clientId: string;
  clientSecret: string;
  /** Lifetime of a token. */
  tokenSeconds: number;
  /** Number of repeated deliveries of each accepted event. */
  duplicates: number;
}

/** Port and client are those that the service uses in development if none are configured. */
export const DEFAULTS = {
  port: 4_010,
  clientId: 'farmlokal',
  clientSecret: 'not-a-secret',
  products: 5_000,
  tokenSeconds: 60,
} as const;
