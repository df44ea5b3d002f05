import { Module, type DynamicModule, type ModuleMetadata, type Type } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { DatabaseMonitor } from './database-monitor.service';
import type { HealthReporter } from './health-report';
import { HealthController, READINESS_REPORTERS, DETAIL_REPORTERS } from './health.controller';
import { Lifecycle } from './lifecycle.service';
import { RedisHealth } from './redis-health.service';
import { ServiceHealth } from './service-health.service';

/** Health probes and the reports of the components. */
@Module({})
export class HealthModule {
  /** Adds the reporters of other modules to the detailed report, besides database and Redis. */
  static reporting(parts: Type<HealthReporter>[], { imports = [] }: Pick<ModuleMetadata, 'imports'>): DynamicModule {
    const toArray = (...all: HealthReporter[]) => all;
    return {
      module: HealthModule,
      imports: [TerminusModule.forRoot({ logger: false }), ...imports], // the reporters log status changes
      controllers: [HealthController],
      providers: [
        Lifecycle,
        ServiceHealth,
        DatabaseMonitor,
        RedisHealth,
        { provide: READINESS_REPORTERS, inject: [DatabaseMonitor, RedisHealth], useFactory: toArray },
        { provide: DETAIL_REPORTERS, inject: parts, useFactory: toArray },
      ],
    };
  }
}
