/** Decides which cached responses are still valid; the owner of the responses implements it from their changes. */

/** Data, in JSON, from which a change can be tested for its effect on a response. */
export type Basis = unknown;

/** Reason why a response is outdated, for metrics. */
export type OutdatingRule = string;

export abstract class ResponseValidity {
  /** Identifies the newest change that this process has applied. */
  abstract readonly version: string;

  /** Whether this process has applied all changes that were announced more than a second ago. */
  abstract readonly isCurrent: boolean;

  /** Applies the changes that were announced before the call. Returns false if they cannot be read now. */
  abstract refresh(): Promise<boolean>;

  /**
   * Returns the rule by which a change since `version` has outdated a response that was loaded at that version;
   * undefined if the response is still valid. An unknown version, as of a restored store, outdates it too.
   */
  abstract outdatedSince(version: string, basis: Basis): OutdatingRule | undefined;

  /** Whether the version is newer than any change that this process has applied. */
  abstract isAhead(version: string): boolean;

  /** Tests the response against each further change, until `unwatch`. */
  abstract watch(url: string, basis: Basis): void;

  abstract unwatch(url: string): void;

  /** Calls the listener with the URLs of watched responses that a change has outdated, and no longer watches them. */
  abstract onOutdated(listener: (urls: readonly string[]) => void): void;
}
