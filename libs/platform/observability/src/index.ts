export { createLogger, toNestLogger } from './logger.provider';
export { MetricsErrors } from './metrics.errors';
export { MetricsModule } from './metrics.module';
export { aggregateMetrics } from './process-metrics.provider';
