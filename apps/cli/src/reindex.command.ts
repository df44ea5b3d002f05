import { ReindexService } from '@features/products';
import { withProgress } from './progress';
import { inSession } from './session';

export async function reindexCommand(): Promise<void> {
  await inSession(async ({ app, signal }) => {
    const reindex = app.get(ReindexService);
    const blocks = await reindex.countBlocks();
    const { result: isDone, seconds } = await withProgress('blocks', blocks, (onProgress) =>
      reindex.run({ signal, onProgress }),
    );
    process.stdout.write(
      isDone ? `The search index was built anew in ${seconds} s.\n` : 'Interrupted; run it again to go on.\n',
    );
  });
}
