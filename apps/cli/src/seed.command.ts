import { DemoCatalogueService } from '@features/products';
import { InvalidArgumentError } from 'commander';
import { withProgress } from './progress';
import { inSession } from './session';

export async function seedCommand({ rows }: { rows: number }): Promise<void> {
  await inSession(async ({ app, signal }) => {
    const { result: added, seconds } = await withProgress('products', rows, (onProgress) =>
      app.get(DemoCatalogueService).fill({ rows, signal, onProgress }),
    );
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
