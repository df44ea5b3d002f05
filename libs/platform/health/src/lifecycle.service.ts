import { Injectable } from '@nestjs/common';

/** Where the process is between its start and its end; it only goes forward. */
type Phase = 'starting' | 'serving' | 'ending';

@Injectable()
export class Lifecycle {
  private current: Phase = 'starting';

  get phase(): Phase {
    return this.current;
  }

  started(): void {
    if (this.current === 'starting') this.current = 'serving';
  }

  end(): void {
    this.current = 'ending';
  }
}
