/** Measured services, each in its own process on the same catalogue: FarmLokal and its baselines. */
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { CleanUp } from '../support/clean-up';
import { firstResponse, startProgram, type Running } from '../support/processes';
import { freePort } from '../support/servers/servers';
import type { Baseline } from './baselines/baselines';
import type { BenchCatalogue } from './bench-catalogue';
import { startApp } from './checkout';

export interface Contender {
  readonly url: string;
  readonly pid: number;
  readonly stop: () => Promise<void>;
}

/** Time for work that a service still does after its first response. */
const SETTLING_MS = 2_000;

/** Time until SIGKILL: a service that stops during a request may wait for its client, which is this process. */
const STOP_TIMEOUT_MS = 3_000;

/** Starts the built service of `checkout` with a production environment and the settings of a benchmark. */
export function startOwn(
  { environment }: BenchCatalogue,
  settings: Readonly<Record<string, string>>,
  cleanUp: CleanUp,
  log: 'pipe' | 'ignore' = 'pipe',
  checkout?: string,
): Promise<Contender> {
  const own = {
    ...environment,
    NODE_ENV: 'production',
    WEBHOOK_ALLOW_UNSIGNED: 'true',
    HOST: '127.0.0.1',
    ...settings,
  };
  return listening(cleanUp, (port) => startApp(checkout, 'api', [], { ...own, PORT: String(port) }, log));
}

export function startBaseline(
  [file, ...args]: Baseline['program'],
  environment: Readonly<Record<string, string>>,
  cleanUp: CleanUp,
): Promise<Contender> {
  const program = [join(__dirname, 'baselines', file), ...args];
  const baselineEnvironment = { ...environment, NODE_ENV: 'production' };
  return listening(cleanUp, (port) => startProgram(program, { ...baselineEnvironment, PORT: String(port) }, tmpdir()));
}

async function listening(cleanUp: CleanUp, startAt: (port: number) => Running): Promise<Contender> {
  const port = await freePort();
  const service = startAt(port);
  const stop = async () => {
    service.child.kill('SIGTERM');
    const killTimer = setTimeout(() => service.child.kill('SIGKILL'), STOP_TIMEOUT_MS);
    await service.finished;
    clearTimeout(killTimer);
  };
  cleanUp.add(stop);
  const url = `http://127.0.0.1:${port}`;
  await firstResponse(`${url}/`, service);
  await delay(SETTLING_MS);
  return { url, pid: service.child.pid ?? 0, stop };
}
