import { Injectable } from '@nestjs/common';
import { Gauge, Registry } from 'prom-client';
import { ReplicaRouter } from './replica-router.service';

/** What is seen of the replicas from here; nothing where there are none. */
@Injectable()
export class ReplicaMetrics {
  constructor({ replicas }: ReplicaRouter, registry: Registry) {
    new Gauge({
      name: 'farmlokal_replica_usable',
      help: '1 while the catalogue may be read from the replica, 0 while it is left out',
      labelNames: ['replica'],
      aggregator: 'min',
      registers: [registry],
      collect() {
        for (const { name, isUsable } of replicas) this.set({ replica: name }, isUsable ? 1 : 0);
      },
    });
    new Gauge({
      name: 'farmlokal_replica_staleness_seconds',
      help: 'How old the data of a replica may be at most; a second or two for one that keeps up',
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
