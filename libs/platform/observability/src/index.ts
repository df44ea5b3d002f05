export { createLogger, toNestLogger } from './logger.provider';
export { MetricsErrors } from './metrics.errors';
export { MetricsModule } from './metrics.module';
export { gatherMetrics } from './process-metrics.provider';
