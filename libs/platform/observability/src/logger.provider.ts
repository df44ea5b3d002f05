/** The one logger: JSON lines for machines, readable lines in a developer's terminal. */
import type { AppConfig } from '@platform/config';
import { Logger as NestLogger, PinoLogger } from 'nestjs-pino';
import { pino, type Logger } from 'pino';
import pretty from 'pino-pretty';
import { GatheredLines } from './gathered-lines';

export function createLogger({ environment, logLevel }: AppConfig): Logger {
  const isReadByAPerson = environment === 'development' && process.stdout.isTTY;
  if (!isReadByAPerson) return pino({ level: logLevel }, toStandardOutput());
  return pino({ level: logLevel }, pretty({ sync: true, singleLine: true, ignore: 'pid,hostname' }));
}

let standardOutput: GatheredLines | undefined;

/** One for the process; complete also when that ends by itself. */
function toStandardOutput(): GatheredLines {
  if (standardOutput !== undefined) return standardOutput;
  const lines = new GatheredLines(pino.destination({ fd: 1, sync: true }));
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
