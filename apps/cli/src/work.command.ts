import { WebhookWorker } from '@features/webhook';
import { inSession } from './session';

/** Applies accepted events beside the replicas, until it is told to end. */
export async function workCommand(): Promise<void> {
  await inSession(
    async ({ app, signal }) => {
      app.get(WebhookWorker, { strict: false }).start();
      if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve));
    },
    { isService: true },
  );
}
