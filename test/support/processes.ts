/** Runs the built service as real processes with an environment, an output and an exit code. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** Root directory of the repository, also if this file was compiled to dist. */
const root = rootOf(__dirname);

function rootOf(directory: string): string {
  return existsSync(join(directory, 'package.json')) ? directory : rootOf(dirname(directory));
}

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly child: ChildProcess;
  readonly finished: Promise<Finished>;
}

export function build(): void {
  execFileSync('npm', ['run', '--silent', 'build'], { cwd: root, stdio: 'pipe' });
}

/** Starts `apps/<app>` in `directory`, without the environment of this process except PATH. */
export function start(
  app: 'api' | 'cli' | 'sandbox',
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
  directory: string,
  log: 'pipe' | 'ignore' = 'pipe',
): Running {
  return startProgram([join(root, `dist/apps/${app}/src/main.js`), ...args], environment, directory, log);
}

/** Starts a compiled file in the same way. `log: 'ignore'` discards standard output. */
export function startProgram(
  program: readonly string[],
  environment: Readonly<Record<string, string>>,
  directory: string,
  log: 'pipe' | 'ignore' = 'pipe',
): Running {
  const child = spawn(process.execPath, program, {
    cwd: directory,
    env: { PATH: process.env['PATH'], SHUTDOWN_GRACE_SECONDS: '0', ...environment },
    stdio: ['ignore', log, 'pipe'],
  });
  const output = { stdout: '', stderr: '' };
  child.stdout?.on('data', (data: Buffer) => (output.stdout += data.toString()));
  child.stderr?.on('data', (data: Buffer) => (output.stderr += data.toString()));
  const finished = new Promise<Finished>((done) => child.once('close', (code) => done({ code, ...output })));
  return { child, finished };
}

/** Requests the URL until the process responds. Throws its standard error if it exits first. */
export async function firstResponse(url: string, { child, finished }: Running): Promise<Response> {
  for (;;) {
    try {
      return await fetch(url);
    } catch {
      if (child.exitCode !== null || child.signalCode !== null) throw new Error((await finished).stderr);
      await delay(50);
    }
  }
}
