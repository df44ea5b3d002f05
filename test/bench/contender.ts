/** What is measured, each as a process of its own on the same catalogue: our service, and its baselines. */
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { firstAnswer, start, startProgram, type Running } from '../support/processes';
import { freePort } from '../support/servers';
import type { BenchCatalogue } from './bench-catalogue';
import type { CleanUp } from '../support/clean-up';
import type { Rival } from './baselines/baselines';

export interface Contender {
  readonly url: string;
  readonly pid: number;
  readonly stop: () => Promise<void>;
}

/** What a service may still be busy with after its first answer. */
const SETTLING_MS = 2_000;

/** A service that is interrupted in the middle of a request may wait for its client, which is this process. */
const STOPS_WITHIN_MS = 3_000;

/** As in production, with what a benchmark sets beside that. */
export function startOwn(
  { environment }: BenchCatalogue,
  settings: Readonly<Record<string, string>>,
  cleanUp: CleanUp,
  log: 'pipe' | 'ignore' = 'pipe',
): Promise<Contender> {
  const own = {
    ...environment,
    NODE_ENV: 'production',
    WEBHOOK_ALLOW_UNSIGNED: 'true',
    HOST: '127.0.0.1',
    ...settings,
  };
  return listening(cleanUp, (port) => start('api', [], { ...own, PORT: String(port) }, tmpdir(), log));
}

export function startRival(
  [file, ...args]: Rival['program'],
  environment: Readonly<Record<string, string>>,
  cleanUp: CleanUp,
): Promise<Contender> {
  const program = [join(__dirname, 'baselines', file), ...args];
  const rival = { ...environment, NODE_ENV: 'production' };
  return listening(cleanUp, (port) => startProgram(program, { ...rival, PORT: String(port) }, tmpdir()));
}

async function listening(cleanUp: CleanUp, startAt: (port: number) => Running): Promise<Contender> {
  const port = await freePort();
  const service = startAt(port);
  const stop = async () => {
    service.child.kill('SIGTERM');
    const impatience = setTimeout(() => service.child.kill('SIGKILL'), STOPS_WITHIN_MS);
    await service.finished;
    clearTimeout(impatience);
  };
  cleanUp.add(stop);
  const url = `http://127.0.0.1:${port}`;
  await firstAnswer(`${url}/`, service);
  await delay(SETTLING_MS);
  return { url, pid: service.child.pid ?? 0, stop };
}
