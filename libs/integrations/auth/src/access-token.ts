/** Access token for calls to the partner. */
export interface AccessToken {
  readonly value: string;
  /** Identifies the token in all replicas without revealing its value. */
  readonly id: string;
}

/** Token as the authorization server granted it. */
export interface GrantedToken extends AccessToken {
  /** Undefined if the server promised no usable lifetime; the token is then used once. */
  readonly lifeSeconds: number | undefined;
}

/** Token as this process caches it and replicas share it. */
export interface CachedToken extends AccessToken {
  readonly lifeSeconds: number;
  /** Orders tokens by their requests; 0 if Redis was unavailable before the request. */
  readonly fencingToken: number;
  /** On the monotonic clock of this process; so is `refreshFromMs`. */
  readonly usableUntilMs: number;
  readonly refreshFromMs: number;
}
