import { isConnectionLost } from '@platform/database';
import { CatalogueErrors } from './catalogue.errors';

/** A read that finds no database says so, instead of failing for reasons a client cannot tell apart. */
export async function orUnavailable<T>(read: Promise<T>): Promise<T> {
  try {
    return await read;
  } catch (error) {
    if (!isConnectionLost(error)) throw error;
    throw Object.assign(CatalogueErrors.CATALOGUE_UNAVAILABLE.create(), { cause: error });
  }
}
