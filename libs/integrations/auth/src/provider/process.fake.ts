import type { AppConfig } from '@platform/config';
import { Failpoints } from '@platform/resilience';

/** Process that can be stopped. While it is stopped, it sends no request and receives no response. */
export class StoppableProcess {
  readonly failpoints = new StoppingFailpoints(this);
  private untilResumed = Promise.resolve();
  private release: () => void = () => undefined;

  stop(): void {
    this.untilResumed = new Promise((resolve) => (this.release = resolve));
  }

  resume(): void {
    this.release();
  }

  async through<T>(work: () => Promise<T>): Promise<T> {
    await this.untilResumed;
    try {
      return await work();
    } finally {
      await this.untilResumed;
    }
  }
}

class StoppingFailpoints extends Failpoints {
  stopsAt: string | undefined;

  constructor(private readonly process: StoppableProcess) {
    super({ failpoints: new Map() } as unknown as AppConfig);
  }

  override at(name: string): Promise<void> {
    if (name === this.stopsAt) this.process.stop();
    return this.process.through(() => Promise.resolve());
  }
}
