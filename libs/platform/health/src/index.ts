export { DatabaseMonitor } from './database-monitor.service';
export { HealthErrors } from './health.errors';
export { HealthModule } from './health.module';
export type { HealthReport, HealthReporter } from './health-report';
export { Lifecycle } from './lifecycle.service';
