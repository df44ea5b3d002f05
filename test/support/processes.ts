/** The built service as its users run it: real processes with an environment, an output and an exit code. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** The repository, also for what is compiled from here into dist. */
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

/** Runs `apps/<app>` in a directory of its own with nothing but this environment. */
export function start(
  app: 'api' | 'cli' | 'sandbox',
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
  directory: string,
  log: 'pipe' | 'ignore' = 'pipe',
): Running {
  return startProgram([join(root, `dist/apps/${app}/src/main.js`), ...args], environment, directory, log);
}

/** Runs a compiled file with its arguments in the same way. What is not looked at is best ignored. */
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

/** Asks until there is an answer; fails when the process ends before. */
export async function firstAnswer(url: string, { child, finished }: Running): Promise<Response> {
  for (;;) {
    try {
      return await fetch(url);
    } catch {
      if (child.exitCode !== null || child.signalCode !== null) throw new Error((await finished).stderr);
      await delay(50);
    }
  }
}
