import { Module, type DynamicModule } from '@nestjs/common';
import { Logger as NestLogger, LoggerModule, PinoLogger } from 'nestjs-pino';
import type { Logger } from 'pino';

/** Nest's own lines and ours go through the one pino logger; request lines are written by the HTTP layer. */
@Module({})
export class ObservabilityModule {
  static with(logger: Logger): DynamicModule {
    return {
      module: ObservabilityModule,
      imports: [LoggerModule.forRoot({ pinoHttp: { logger }, useExisting: true })],
      exports: [LoggerModule],
    };
  }
}

/** For the lines of the start itself, before any module exists. */
export function toNestLogger(logger: Logger): NestLogger {
  const params = { pinoHttp: { logger } };
  return new NestLogger(new PinoLogger(params), params);
}
