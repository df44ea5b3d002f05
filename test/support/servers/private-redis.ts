/** A Redis server for one test. It can be killed, paused and restarted on the same port. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { RedisConfig } from '@platform/config';
import { parseRedisUrl } from '@testing/config';
import { isRedisUp } from '../probes';
import { freePort, redisBinary } from './servers';

/** Settings of a process to which Redis stays available on a busy machine. */
export const LONG_REDIS_TIMEOUT = { REDIS_COMMAND_TIMEOUT_MS: '1000' };

export interface PrivateRedis {
  readonly port: number;
  readonly url: string;
  /** Sends SIGKILL and waits for the exit. */
  readonly kill: () => Promise<void>;
  /** Restarts the server without data, on the same port and in the same directory. */
  readonly restart: () => Promise<void>;
  readonly isRunning: () => boolean;
  /** Kills the server and deletes its directory. */
  readonly remove: () => Promise<void>;
  /** Makes the server accept connections without responding. */
  readonly pause: () => void;
  readonly resume: () => void;
}

/** Starts a server. `configuration` is the content of redis.conf, for settings without a command-line option. */
export async function startPrivateRedis(
  options: readonly string[] = [],
  givenPort?: number,
  configuration = '',
): Promise<PrivateRedis> {
  const port = givenPort ?? (await freePort());
  const url = `redis://127.0.0.1:${port}`;
  const directory = mkdtempSync(join(tmpdir(), 'farmlokal-test-'));
  const file = join(directory, 'redis.conf');
  writeFileSync(file, configuration);
  const common = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', directory];
  const start = () => launch(url, [file, ...common, ...options]);
  let server = await start();
  const isRunning = () => server.exitCode === null && server.signalCode === null;
  const kill = async () => {
    if (!isRunning()) return;
    server.kill('SIGKILL');
    await once(server, 'exit');
  };
  return {
    port,
    url,
    kill,
    restart: async () => {
      server = await start();
    },
    isRunning,
    remove: async () => {
      await kill();
      rmSync(directory, { recursive: true, force: true });
    },
    pause: () => void server.kill('SIGSTOP'),
    resume: () => void server.kill('SIGCONT'),
  };
}

async function launch(url: string, args: readonly string[]): Promise<ChildProcess> {
  const server = spawn(redisBinary(), args, { stdio: 'ignore' });
  while (!(await isRedisUp(url))) {
    if (server.exitCode !== null) throw new Error(`redis-server exited with code ${server.exitCode}`);
    await delay(20);
  }
  return server;
}

/** Returns the configuration for a Redis URL. Throws if the URL is invalid. */
export function redisAt(url: string): RedisConfig {
  const config = parseRedisUrl(url);
  if ('refusal' in config) throw new Error(config.refusal);
  return config;
}
