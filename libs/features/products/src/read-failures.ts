import { isConnectionLost, isMissingIndex, isOverloaded, isStatementTimeout } from '@platform/database';
import { CatalogueErrors } from './catalogue.errors';

/** A read that the database cannot answer says so, instead of failing for reasons a client cannot tell apart. */
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

/** An access path that cannot answer this query now, although another may. */
class PathAbandonedError extends Error {
  override readonly name = 'PathAbandonedError';
}

/** To be thrown by an access path; a client reads CATALOGUE_BUSY if no other path answers. */
export function abandonPath(reason: string): Error {
  return Object.assign(CatalogueErrors.CATALOGUE_BUSY.create(), { cause: new PathAbandonedError(reason) });
}

/** Why an access path gave up; undefined for any other error. */
export function abandonmentOf(error: unknown): string | undefined {
  return error instanceof Error && error.cause instanceof PathAbandonedError ? error.cause.message : undefined;
}

/** The path took too long, was abandoned, or uses an index that a bulk load has dropped for now. */
export function allowsPlanFallback(error: unknown): boolean {
  if (isMissingIndex(error)) return true;
  return error instanceof Error && (isStatementTimeout(error.cause) || abandonmentOf(error) !== undefined);
}
