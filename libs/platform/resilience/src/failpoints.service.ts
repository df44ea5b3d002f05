/**
 * Named places in the code where tests inject faults through FARMLOKAL_FAILPOINTS. Other failpoints do nothing.
 * Modelled on FreeBSD fail(9).
 */
import { setTimeout as delay } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { AppConfig } from '@platform/config';

@Injectable()
export class Failpoints {
  constructor(private readonly config: AppConfig) {}

  /** Must be awaited. Reports the failpoint on standard error, so that a test can act on the process. */
  async at(name: string): Promise<void> {
    const failpoint = this.config.failpoints.get(name);
    if (failpoint === undefined) return;
    process.stderr.write(`failpoint ${name}\n`);
    if ('delayMs' in failpoint) await delay(failpoint.delayMs);
    else if (failpoint.action === 'throw') throw new Error(`failpoint ${name}`);
    else process.kill(process.pid, failpoint.action === 'kill' ? 'SIGKILL' : 'SIGSTOP');
  }
}
