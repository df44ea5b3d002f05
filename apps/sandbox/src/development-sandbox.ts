/**
 * Starts the sandbox beside a process in development that has no other partner, for as long as that process lives. Where
 * its port is taken, as by a sandbox that runs already, that one is the partner, and ours waits to follow it.
 */
import { fork } from 'node:child_process';
import { join } from 'node:path';
import type { AppConfig } from '@platform/config';

/** Resolves when there is a partner to ask, or none is to be had. */
export async function startDevelopmentSandbox({ partner }: AppConfig): Promise<void> {
  if (partner?.isSandbox !== true) return;
  const child = fork(join(__dirname, 'main.js'), ['--port', String(partner.sandboxPort)], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    execArgv: [], // a debugger of ours is not its
  });
  await new Promise((resolve) => child.once('message', resolve).once('exit', resolve).once('error', resolve));
  child.unref();
  child.channel?.unref();
}
