import { Module, type DynamicModule, type ModuleMetadata, type Type } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { DatabaseMonitor } from './database-monitor.service';
import type { HealthReporter } from './health-report';
import { HealthController, READINESS_REPORTERS, DETAIL_REPORTERS } from './health.controller';
import { Lifecycle } from './lifecycle.service';
import { RedisHealth } from './redis-health.service';
import { ServiceHealth } from './service-health.service';

/** Probes, and what is known of the parts that the service is made of. */
@Module({})
export class HealthModule {
  /** Reports what others know of the outside, besides database and Redis. */
  static reporting(parts: Type<HealthReporter>[], { imports = [] }: Pick<ModuleMetadata, 'imports'>): DynamicModule {
    const listOf = (...all: HealthReporter[]) => all;
    return {
      module: HealthModule,
      imports: [TerminusModule.forRoot({ logger: false }), ...imports], // changes are logged where they are noticed
      controllers: [HealthController],
      providers: [
        Lifecycle,
        ServiceHealth,
        DatabaseMonitor,
        RedisHealth,
        { provide: READINESS_REPORTERS, inject: [DatabaseMonitor, RedisHealth], useFactory: listOf },
        { provide: DETAIL_REPORTERS, inject: parts, useFactory: listOf },
      ],
    };
  }
}
