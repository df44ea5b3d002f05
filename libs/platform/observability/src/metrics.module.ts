import cluster from 'node:cluster';
import { Global, Module } from '@nestjs/common';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { MetricsController } from './metrics.controller';
import { shareMetrics } from './process-metrics.provider';

/** Metrics of the application. Other modules register their metrics in the exported `Registry`. */
@Global()
@Module({
  controllers: [MetricsController],
  providers: [{ provide: Registry, useFactory: createRegistry }],
  exports: [Registry],
})
export class MetricsModule {}

/** Creates a registry with the default metrics of prom-client: memory, CPU, handles, event-loop lag. */
function createRegistry(): Registry {
  const register = new Registry();
  collectDefaultMetrics({ register });
  if (cluster.isWorker) shareMetrics(register);
  return register;
}
