import cluster from 'node:cluster';
import { Global, Module } from '@nestjs/common';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { MetricsController } from './metrics.controller';
import { shareMetrics } from './process-metrics.provider';

/** What an application counts of itself: whoever has something to count registers it in its registry. */
@Global()
@Module({
  controllers: [MetricsController],
  providers: [{ provide: Registry, useFactory: createRegistry }],
  exports: [Registry],
})
export class MetricsModule {}

/** With what prom-client knows of the process: memory, processor, handles, how late the event loop is. */
function createRegistry(): Registry {
  const register = new Registry();
  collectDefaultMetrics({ register });
  if (cluster.isWorker) shareMetrics(register);
  return register;
}
