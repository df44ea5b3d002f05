/** Settings that can be changed while the sandbox runs. */
export interface Settings {
  clientId: string;
  clientSecret: string;
  /** Lifetime of a token. */
  tokenSeconds: number;
  /** Number of repeated deliveries of each accepted event. */
  duplicates: number;
}
