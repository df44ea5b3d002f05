import { isConnectionLost, isOverloaded, isStatementTimeout } from '@platform/database';
import { CatalogueErrors } from '../catalogue.errors';

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
