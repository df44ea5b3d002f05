import { Injectable } from '@nestjs/common';

/** Phase of the process. It never moves backwards. */
type Phase = 'starting' | 'serving' | 'ending';

@Injectable()
export class Lifecycle {
  private current: Phase = 'starting';

  get phase(): Phase {
    return this.current;
  }

  markStarted(): void {
    if (this.current === 'starting') this.current = 'serving';
  }

  beginShutdown(): void {
    this.current = 'ending';
  }
}
