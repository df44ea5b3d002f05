export { createLogger, toNestLogger } from './logger.provider';
