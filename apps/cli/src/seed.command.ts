import { DemoCatalogueService } from '@catalogue';
import { withProgress } from './progress';
import { inSession } from './session';

export async function seedCommand({ rows }: { rows: number }): Promise<void> {
  await inSession(async ({ app, signal }) => {
    const { result: added, seconds } = await withProgress('products', rows, (onProgress) =>
      app.get(DemoCatalogueService).fill({ rows, signal, onProgress }),
    );
    process.stdout.write(
      `${added} products added in ${seconds} s${signal.aborted ? '; interrupted, run the command again to continue' : ''}\n`,
    );
  });
}
