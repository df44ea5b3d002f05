import { DemoCatalogueService } from '@features/products';
import { InvalidArgumentError } from 'commander';
import { startProgress } from './progress';
import { inSession } from './session';

export async function seedCommand({ rows }: { rows: number }): Promise<void> {
  await inSession(async ({ app, signal }) => {
    const startedMs = performance.now();
    const progress = startProgress('products', rows);
    const added = await app
      .get(DemoCatalogueService)
      .fill({ rows, signal, onProgress: progress.update })
      .finally(progress.stop);
    const seconds = ((performance.now() - startedMs) / 1_000).toFixed(1);
    process.stdout.write(
      `${added} products added in ${seconds} s${signal.aborted ? '; interrupted, run it again to go on' : ''}\n`,
    );
  });
}

export function parseRows(text: string): number {
  const rows = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (rows < 1 || rows > 100_000_000) throw new InvalidArgumentError('must be a whole number from 1 to 100000000.');
  return rows;
}
