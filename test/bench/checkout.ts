/** Programs of a built checkout: this one, or another directory, so that two versions run beside each other. */
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { start, startProgram, type Running } from '../support/processes';

/** Starts `apps/<app>` of the checkout in this directory; of this one if it is undefined. */
export function startApp(
  checkout: string | undefined,
  app: 'api' | 'cli',
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
  log: 'pipe' | 'ignore' = 'pipe',
): Running {
  if (checkout === undefined) return start(app, args, environment, tmpdir(), log);
  return startProgram([join(checkout, `dist/apps/${app}/src/main.js`), ...args], environment, tmpdir(), log);
}
