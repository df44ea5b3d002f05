export { createLogger, toNestLogger } from './logger.provider';
export { MetricsModule } from './metrics.module';
