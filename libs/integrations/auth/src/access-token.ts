/** What the partner is asked with. */
export interface AccessToken {
  readonly value: string;
  /** Names it among replicas without saying what it is. */
  readonly id: string;
}

/** As its provider gave it. */
export interface GrantedToken extends AccessToken {
  /** Undefined: it promises nothing, and is used once. */
  readonly lifeSeconds: number | undefined;
}

/** As it is kept. */
export interface HeldToken extends AccessToken {
  readonly lifeSeconds: number;
  /** Later ones are greater; 0 for one that was had without the others. */
  readonly fencingToken: number;
  /** By this process' clock that never goes back. */
  readonly usableUntilMs: number;
  readonly refreshFromMs: number;
}
