/** The one logger: JSON lines for machines, readable lines in a developer's terminal. */
import type { AppConfig } from '@platform/config';
import { Logger as NestLogger, PinoLogger } from 'nestjs-pino';
import { pino, stdSerializers, type Logger, type LoggerOptions } from 'pino';
import pretty from 'pino-pretty';
import { LineBuffer } from './line-buffer';
import { printableLine, printableWhenDecoded } from './printable-line';
import { redacted } from './redacted';

export function createLogger({ environment, logLevel }: AppConfig): Logger {
  const isReadByAPerson = environment === 'development' && process.stdout.isTTY;
  const options = optionsFor(logLevel);
  if (!isReadByAPerson) return pino(options, toStandardOutput());
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

/** With those that caused it, and without what a failed statement was sent with. */
function describeError(error: Error): Record<string, unknown> {
  return redacted({ ...stdSerializers.err(error) });
}

let standardOutput: LineBuffer | undefined;

/** One for the process; complete also when that ends by itself. */
function toStandardOutput(): LineBuffer {
  if (standardOutput !== undefined) return standardOutput;
  const output = pino.destination({ fd: 1, sync: true });
  const lines = new LineBuffer({ write: (text) => output.write(printableLine(text)) });
  process.once('exit', () => lines.flush());
  return (standardOutput = lines);
}

/** Nest's way of logging, for the lines of the start itself, before any module exists. */
export function toNestLogger(logger: Logger): NestLogger {
  const params = { pinoHttp: { logger } };
  return new StartLogger(new PinoLogger(params), params);
}

/** Which modules and routes Nest found is of interest only to who looks for it. */
const NEST_AT_START = new Set<unknown>(['NestFactory', 'InstanceLoader', 'RoutesResolver', 'RouterExplorer']);

class StartLogger extends NestLogger {
  override log(message: unknown, ...rest: unknown[]): void {
    if (NEST_AT_START.has(rest.at(-1))) this.debug(message, ...rest);
    else super.log(message, ...rest);
  }
}
