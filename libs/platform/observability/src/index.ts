export { createLogger, toNestLogger } from './logger.provider';
export { ObservabilityModule } from './observability.module';
