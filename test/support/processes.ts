/** The built service as its users run it: real processes with an environment, an output and an exit code. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const root = resolve(__dirname, '../..');

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
  app: 'api' | 'cli',
  args: readonly string[],
  environment: Record<string, string>,
  directory: string,
): Running {
  const main = join(root, `dist/apps/${app}/src/main.js`);
  const child = spawn(process.execPath, [main, ...args], {
    cwd: directory,
    env: { PATH: process.env['PATH'], ...environment },
  });
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (data: Buffer) => (output.stdout += data.toString()));
  child.stderr.on('data', (data: Buffer) => (output.stderr += data.toString()));
  const finished = new Promise<Finished>((done) => child.once('close', (code) => done({ code, ...output })));
  return { child, finished };
}

/** Asks until there is an answer; fails when the process ends before. */
export async function firstAnswer(url: string, { child, finished }: Running): Promise<Response> {
  for (;;) {
    try {
      return await fetch(url);
    } catch {
      if (child.exitCode !== null) throw new Error((await finished).stderr);
      await delay(50);
    }
  }
}
