/**
 * Starts the sandbox as a child of a development process that has no other partner; it ends with that process. If the
 * port is in use, for example by another sandbox, that one serves as the partner, and the child waits for the port.
 */
import { fork } from 'node:child_process';
import { join } from 'node:path';
import type { AppConfig } from '@platform/config';

/** Resolves when a sandbox is available, or cannot be started. */
export async function startDevelopmentSandbox({ partner }: AppConfig): Promise<void> {
  if (partner?.isSandbox !== true) return;
  const child = fork(join(__dirname, 'main.js'), ['--port', String(partner.sandboxPort)], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    execArgv: [], // without the debugger options of this process
  });
  await new Promise((resolve) => child.once('message', resolve).once('exit', resolve).once('error', resolve));
  child.unref();
  child.channel?.unref();
}
