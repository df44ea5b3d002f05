/** What is measured, each as a process of its own on the same catalogue: our service, and its rivals. */
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { firstAnswer, start, startProgram, type Running } from '../support/processes';
import { freePort } from '../support/servers';
import type { BenchCatalogue } from './bench-catalogue';
import type { CleanUp } from './clean-up';
import type { Rival } from './rivals/rivals';

export interface Contender {
  readonly url: string;
  readonly stop: () => Promise<void>;
}

/** What a service may still be busy with after its first answer. */
const SETTLING_MS = 2_000;

/** A service that is interrupted in the middle of a request may wait for its client, which is this process. */
const STOPS_WITHIN_MS = 3_000;

/** As in production, but for what would answer in place of the database. Versions that do not know a variable ignore it. */
export async function startOwn({ environment }: BenchCatalogue, cleanUp: CleanUp): Promise<Contender> {
  return listening(cleanUp, (port) =>
    start(
      'api',
      [],
      {
        ...environment,
        NODE_ENV: 'production',
        LOG_LEVEL: 'warn',
        HOST: '127.0.0.1',
        PORT: String(port),
        CACHE_ENABLED: 'false',
        RATE_LIMIT_MAX: '0',
        WEBHOOK_ALLOW_UNSIGNED: 'true',
      },
      tmpdir(),
    ),
  );
}

export async function startRival(rival: Rival, { environment }: BenchCatalogue, cleanUp: CleanUp): Promise<Contender> {
  const [file, ...args] = rival.program;
  return listening(cleanUp, (port) =>
    startProgram(
      [join(__dirname, 'rivals', file), ...args],
      { ...environment, NODE_ENV: 'production', PORT: String(port) },
      tmpdir(),
    ),
  );
}

export async function listening(cleanUp: CleanUp, startAt: (port: number) => Running): Promise<Contender> {
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
  return { url, stop };
}
