/** The logger of the process: JSON lines, or readable lines in a developer's terminal. */
import type { AppConfig } from '@platform/config';
import { Logger as NestLogger, PinoLogger } from 'nestjs-pino';
import { pino, stdSerializers, type Logger, type LoggerOptions } from 'pino';
import pretty from 'pino-pretty';
import { LineBuffer } from './line-buffer';
import { printableLine, printableWhenDecoded } from './printable-line';
import { redacted } from './redacted';

export function createLogger({ environment, logLevel }: AppConfig): Logger {
  const isDeveloperTerminal = environment === 'development' && process.stdout.isTTY;
  const options = optionsFor(logLevel);
  if (!isDeveloperTerminal) return pino(options, bufferStandardOutput());
  const terminal = pretty({ sync: true, singleLine: true, ignore: 'pid,hostname' });
  return pino(options, { write: (line) => terminal.write(printableWhenDecoded(line)) });
}

function optionsFor(level: AppConfig['logLevel']): LoggerOptions {
  return {
    level,
    formatters: { log: redacted },
    serializers: { err: describeError },
  };
}

/** Serialises an error with its causes, without the parameters of a failed statement. */
function describeError(error: Error): Record<string, unknown> {
  return redacted({ ...stdSerializers.err(error) });
}

let standardOutput: LineBuffer | undefined;

/** Returns the buffer of the process, which is also flushed on exit. */
function bufferStandardOutput(): LineBuffer {
  if (standardOutput !== undefined) return standardOutput;
  const output = pino.destination({ fd: 1, sync: true });
  const lines = new LineBuffer({ write: (text) => output.write(printableLine(text)) });
  process.once('exit', () => lines.flush());
  return (standardOutput = lines);
}

/** Logger for Nest during startup, before any module exists. */
export function toNestLogger(logger: Logger): NestLogger {
  const params = { pinoHttp: { logger } };
  return new StartupLogger(new PinoLogger(params), params);
}

/** Contexts that log modules and routes at startup; their lines are logged at debug level. */
const STARTUP_CONTEXTS = new Set<unknown>(['NestFactory', 'InstanceLoader', 'RoutesResolver', 'RouterExplorer']);

class StartupLogger extends NestLogger {
  override log(message: unknown, ...rest: unknown[]): void {
    if (STARTUP_CONTEXTS.has(rest.at(-1))) this.debug(message, ...rest);
    else super.log(message, ...rest);
  }
}
