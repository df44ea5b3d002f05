/** Runs a command inside the application: connects, handles signals and always closes the application. */
import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { loadConfig } from '@platform/config';
import { DatabaseOpening } from '@platform/database';
import { createLogger, toNestLogger } from '@platform/observability';
import { CliModule } from './cli.module';

export interface Session {
  readonly app: INestApplicationContext;
  /** Aborted by the first SIGINT or SIGTERM; a second one ends the process at once. */
  readonly signal: AbortSignal;
}

/** 128 + SIGINT, as shells report a command that Ctrl-C ended. */
const EXIT_INTERRUPTED = 130;

interface SessionOptions {
  /** Runs until a signal arrives, which is not an interruption, and logs as the API does. */
  readonly isService?: boolean;
}

export async function inSession(
  command: (session: Session) => Promise<void>,
  { isService = false }: SessionOptions = {},
): Promise<void> {
  const interruption = new AbortController();
  const interrupt = () => interruption.abort();
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  const config = loadConfig();
  const app = await NestFactory.createApplicationContext(CliModule.with(config), {
    logger: isService ? toNestLogger(createLogger(config)) : ['error', 'fatal'],
    abortOnError: false,
  });
  try {
    await app.get(DatabaseOpening).open();
    await command({ app, signal: interruption.signal });
    if (interruption.signal.aborted && !isService) process.exitCode = EXIT_INTERRUPTED;
  } finally {
    await app.close();
  }
}
