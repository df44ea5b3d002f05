export { createLogger } from './logger.provider';
export { ObservabilityModule, toNestLogger } from './observability.module';
