/** A Redis server that belongs to one test: it can be killed, stopped in its tracks, and started again where it was. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { answersRedis } from './probes';
import { freePort, redisBinary } from './servers';

export interface PrivateRedis {
  readonly port: number;
  readonly url: string;
  /** Ends it as kill -9 does. */
  readonly kill: () => Promise<void>;
  /** Again on the same port, empty. */
  readonly restart: () => Promise<void>;
  /** It accepts connections and says nothing. */
  readonly pause: () => void;
  readonly resume: () => void;
}

export async function startPrivateRedis(options: readonly string[] = [], givenPort?: number): Promise<PrivateRedis> {
  const port = givenPort ?? (await freePort());
  const url = `redis://127.0.0.1:${port}`;
  let server = await launch(port, url, options);
  return {
    port,
    url,
    kill: async () => {
      if (server.exitCode !== null || server.signalCode !== null) return;
      server.kill('SIGKILL');
      await once(server, 'exit');
    },
    restart: async () => {
      server = await launch(port, url, options);
    },
    pause: () => void server.kill('SIGSTOP'),
    resume: () => void server.kill('SIGCONT'),
  };
}

async function launch(port: number, url: string, options: readonly string[]): Promise<ChildProcess> {
  const directory = mkdtempSync(join(tmpdir(), 'farmlokal-test-'));
  const common = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', directory];
  const server = spawn(redisBinary(), [...common, ...options], { stdio: 'ignore' });
  while (!(await answersRedis(url))) {
    if (server.exitCode !== null) throw new Error(`redis-server ended with ${server.exitCode}`);
    await delay(20);
  }
  return server;
}

/** Asks until it is so; fails after ten seconds. */
export async function eventually<T>(ask: () => T | Promise<T>, isSo: (answer: T) => boolean): Promise<T> {
  const deadlineMs = performance.now() + 10_000;
  for (;;) {
    const answer = await ask();
    if (isSo(answer)) return answer;
    if (performance.now() > deadlineMs) throw new Error(`it never came to be; last: ${JSON.stringify(answer)}`);
    await delay(20);
  }
}
