import { isConnectionLost, isMissingIndex, isOverloaded, isStatementTimeout } from '@platform/database';
import { CatalogueErrors } from './catalogue.errors';

/** Reports failures of the database as CATALOGUE_UNAVAILABLE or CATALOGUE_BUSY; other errors are rethrown. */
export async function orUnavailable<T>(read: Promise<T>): Promise<T> {
  try {
    return await read;
  } catch (error) {
    if (isConnectionLost(error)) throw Object.assign(CatalogueErrors.CATALOGUE_UNAVAILABLE.create(), { cause: error });
    if (isOverloaded(error) || isStatementTimeout(error))
      throw Object.assign(CatalogueErrors.CATALOGUE_BUSY.create(), { cause: error });
    throw error;
  }
}

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
