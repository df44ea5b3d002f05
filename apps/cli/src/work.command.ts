import { AppConfig } from '@platform/config';
import { InboxWorker } from '@platform/inbox';
import { watchEventLoop } from '@platform/resilience';
import { startDevelopmentSandbox } from '../../sandbox/src/development-sandbox';
import { inSession } from './session';

/** Applies accepted events until a signal arrives. */
export async function workCommand(): Promise<void> {
  await inSession(
    async ({ app, signal }) => {
      if (app.get(AppConfig).environment !== 'development') watchEventLoop();
      await startDevelopmentSandbox(app.get(AppConfig));
      app.get(InboxWorker).start();
      if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve));
    },
    { isService: true },
  );
}
