import { ReindexService } from '@catalogue';
import { withProgress } from './progress';
import { inSession } from './session';

export async function reindexCommand({ restart: isRestart = false }: { restart?: boolean }): Promise<void> {
  await inSession(async ({ app, signal }) => {
    const reindex = app.get(ReindexService);
    const blocks = await reindex.countBlocks();
    const first = isRestart ? 0 : await reindex.firstBlock();
    if (first > 0)
      process.stdout.write(
        `Resuming at block ${first + 1} of ${blocks}; --restart also rebuilds the previous blocks.\n`,
      );
    const { result: isDone, seconds } = await withProgress('blocks', blocks, (onProgress) =>
      reindex.run({ isRestart, signal, onProgress }),
    );
    process.stdout.write(
      isDone ? `The search index was rebuilt in ${seconds} s.\n` : 'Interrupted. Run the command again to resume.\n',
    );
  });
}
