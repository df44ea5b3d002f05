import { Injectable } from '@nestjs/common';
import { Counter, Gauge, Registry } from 'prom-client';

const OUTCOMES = ['granted', 'failed', 'refused'] as const;

@Injectable()
export class TokenMetrics {
  private readonly requests: Counter<'outcome'>;
  private readonly sharedTokensUsed: Counter;
  private secondsLeft: () => number = () => 0;

  constructor(registry: Registry) {
    this.requests = new Counter({
      name: 'farmlokal_token_requests_total',
      help: 'Requests for an access token by outcome: granted, failed or refused (an operator must fix it)',
      labelNames: ['outcome'],
      registers: [registry],
    });
    for (const outcome of OUTCOMES) this.requests.inc({ outcome }, 0); // so that the first request is an increase
    this.sharedTokensUsed = new Counter({
      name: 'farmlokal_token_shared_used_total',
      help: 'Tokens of other processes that this process used',
      registers: [registry],
    });
    const secondsLeft = () => this.secondsLeft();
    new Gauge({
      name: 'farmlokal_token_usable_seconds',
      aggregator: 'min',
      help: 'Remaining time for which this process uses its access token; 0 without a token',
      registers: [registry],
      collect() {
        this.set(secondsLeft());
      },
    });
  }

  countRequest(outcome: (typeof OUTCOMES)[number]): void {
    this.requests.inc({ outcome });
  }

  countSharedTokenUsed(): void {
    this.sharedTokensUsed.inc();
  }

  watch(secondsLeft: () => number): void {
    this.secondsLeft = secondsLeft;
  }
}
