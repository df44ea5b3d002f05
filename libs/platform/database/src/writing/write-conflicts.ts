import { isWriteConflict } from '../connection/driver-error';

/** Retries the transaction up to `maxRetries` times on a write conflict, which has rolled it back completely. */
export async function retryOnConflict<T>(maxRetries: number, work: () => Promise<T>): Promise<T> {
  for (let retries = 0; ; retries++) {
    try {
      return await work();
    } catch (error) {
      if (!isWriteConflict(error) || retries === maxRetries) throw error;
    }
  }
}
