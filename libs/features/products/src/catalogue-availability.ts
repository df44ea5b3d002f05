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

/** A read that took too long, or that leans on an index which a bulk load has taken out for the time being. */
export function mayGoAnotherWay(error: unknown): boolean {
  return isMissingIndex(error) || (error instanceof Error && isStatementTimeout(error.cause));
}
