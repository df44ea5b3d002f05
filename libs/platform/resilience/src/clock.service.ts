import { Injectable } from '@nestjs/common';

/** Time and chance, so that tests can set them. */
@Injectable()
export class Clock {
  /** Milliseconds since 1970, as other processes count them too; may be set back. */
  nowMs(): number {
    return Date.now();
  }

  /** Milliseconds since some moment of this process; never goes back. */
  elapsedMs(): number {
    return performance.now();
  }

  /** From 0 up to but not 1. */
  random(): number {
    return Math.random();
  }
}
