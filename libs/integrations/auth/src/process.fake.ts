import type { AppConfig } from '@platform/config';
import { Failpoints } from '@platform/resilience';

/** A process that can be stopped. Until it is resumed, it sends no request and receives no response. */
export class StoppableProcess {
  readonly failpoints = new StoppingFailpoints(this);
  private running = Promise.resolve();
  private letRun: () => void = () => undefined;

  stop(): void {
    this.running = new Promise((resolve) => (this.letRun = resolve));
  }

  resume(): void {
    this.letRun();
  }

  async through<T>(work: () => Promise<T>): Promise<T> {
    await this.running;
    try {
      return await work();
    } finally {
      await this.running;
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
