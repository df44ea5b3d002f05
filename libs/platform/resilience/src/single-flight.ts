/**
 * Single flight: concurrent callers of one key share one operation. A caller that finds the operation of its key in
 * progress waits for it; otherwise it starts its own. An operation ends for all its callers when it settles, and the
 * next call starts another. So a result is never older than the operation that was in progress at the call.
 */
import { abortable } from './abortable';

export class SingleFlight<Key, Value> {
  private readonly inProgress = new Map<Key, Promise<Value>>();

  /** Whether an operation of the key is in progress, so that `run` would join it. */
  has(key: Key): boolean {
    return this.inProgress.has(key);
  }

  /**
   * Settles as the operation in progress for the key, which is `operation` if there was none. A caller whose signal
   * aborts is rejected with its reason; the operation continues for the other callers.
   */
  run(key: Key, operation: () => Promise<Value>, signal?: AbortSignal): Promise<Value> {
    const shared = this.inProgress.get(key) ?? this.start(key, operation);
    return signal === undefined ? shared : abortable(shared, signal);
  }

  private start(key: Key, operation: () => Promise<Value>): Promise<Value> {
    const started = operation().finally(() => this.inProgress.delete(key));
    this.inProgress.set(key, started);
    return started;
  }
}
