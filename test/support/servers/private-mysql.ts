/** A database server for one test. It can be killed and restarted with its committed data. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { isMysqlUp } from '../probes';
import { freePort, prepareMysql } from './servers';

export interface PrivateMysql {
  readonly url: URL;
  /** Sends SIGKILL and waits for the exit. */
  readonly kill: () => Promise<void>;
  readonly restart: () => Promise<void>;
  /** Kills the server and deletes its directory. */
  readonly remove: () => Promise<void>;
}

export async function startPrivateMysql(options: readonly string[] = []): Promise<PrivateMysql> {
  const port = await freePort();
  const url = new URL(`mysql://root@127.0.0.1:${port}`);
  const directory = mkdtempSync(join(tmpdir(), 'farmlokal-test-'));
  const { binary, args } = prepareMysql(directory, port);
  const start = async (): Promise<ChildProcess> => {
    const server = spawn(binary, [...args, ...options], { stdio: 'ignore' });
    while (!(await isMysqlUp(url.href))) {
      if (server.exitCode !== null) throw new Error(`${binary} exited with code ${server.exitCode}`);
      await delay(20);
    }
    return server;
  };
  let server = await start();
  const kill = async () => {
    if (server.exitCode !== null || server.signalCode !== null) return;
    server.kill('SIGKILL');
    await once(server, 'exit');
  };
  return {
    url,
    kill,
    restart: async () => {
      server = await start();
    },
    remove: async () => {
      await kill();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
