/** Failures of an access path that another path may avoid. */
import { CatalogueErrors } from '@catalogue';
import { isMissingIndex, isStatementTimeout } from '@platform/database';

/** An access path cannot read this query now, although another may. */
class PathAbandonedError extends Error {
  override readonly name = 'PathAbandonedError';
}

/** Creates an error for an access path to throw; clients receive CATALOGUE_BUSY if no other path succeeds. */
export function abandonPath(reason: string): Error {
  return Object.assign(CatalogueErrors.CATALOGUE_BUSY.create(), { cause: new PathAbandonedError(reason) });
}

/** Reason why an access path was abandoned; undefined for any other error. */
export function abandonmentOf(error: unknown): string | undefined {
  return error instanceof Error && error.cause instanceof PathAbandonedError ? error.cause.message : undefined;
}

/** Whether the path took too long, was abandoned, or requires an index that a bulk load has temporarily dropped. */
export function allowsPlanFallback(error: unknown): boolean {
  if (isMissingIndex(error)) return true;
  return error instanceof Error && (isStatementTimeout(error.cause) || abandonmentOf(error) !== undefined);
}
