import { Injectable } from '@nestjs/common';
import { Gauge, Registry } from 'prom-client';
import { ReplicaRouter } from './replica-router.service';

/** Replica metrics from the view of this process; none without replicas. */
@Injectable()
export class ReplicaMetrics {
  constructor({ replicas }: ReplicaRouter, registry: Registry) {
    new Gauge({
      name: 'farmlokal_replica_usable',
      help: '1 while the replica is used for catalogue reads, 0 while it is excluded',
      labelNames: ['replica'],
      aggregator: 'min',
      registers: [registry],
      collect() {
        for (const { name, isUsable } of replicas) this.set({ replica: name }, isUsable ? 1 : 0);
      },
    });
    new Gauge({
      name: 'farmlokal_replica_staleness_seconds',
      help: 'Maximum age of the data on a replica; one or two seconds for a replica that keeps up',
      labelNames: ['replica'],
      aggregator: 'max',
      registers: [registry],
      collect() {
        this.reset();
        for (const { name, stalenessMs } of replicas)
          if (stalenessMs !== undefined) this.set({ replica: name }, stalenessMs / 1_000);
      },
    });
  }
}
