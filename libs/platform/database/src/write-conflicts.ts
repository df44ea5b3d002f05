import { isWriteConflict } from './driver-error';

/** A transaction that lost a race was rolled back whole, so it is simply made again. */
export async function retryOnConflict<T>(maxRepeats: number, work: () => Promise<T>): Promise<T> {
  for (let repeats = 0; ; repeats++) {
    try {
      return await work();
    } catch (error) {
      if (!isWriteConflict(error) || repeats === maxRepeats) throw error;
    }
  }
}
