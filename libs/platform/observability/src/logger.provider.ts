/** The one logger: JSON lines for machines, readable lines in a developer's terminal. */
import type { AppConfig } from '@platform/config';
import { pino, type Logger } from 'pino';

export function createLogger(config: AppConfig): Logger {
  const isReadByAPerson = config.environment === 'development' && process.stdout.isTTY;
  return pino({
    level: config.logLevel,
    ...(isReadByAPerson && {
      transport: { target: 'pino-pretty', options: { ignore: 'pid,hostname', singleLine: true } },
    }),
  });
}
