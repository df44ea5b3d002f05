/**
 * Places where tests have something go wrong, named in FARMLOKAL_FAILPOINTS; anywhere else they do nothing. Source of
 * the idea: FreeBSD fail(9).
 */
import { setTimeout as delay } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { AppConfig } from '@platform/config';

@Injectable()
export class Failpoints {
  constructor(private readonly config: AppConfig) {}

  /** To be awaited. Says on standard error that it was reached, so that a test can do the rest from outside. */
  async at(name: string): Promise<void> {
    const failpoint = this.config.failpoints.get(name);
    if (failpoint === undefined) return;
    process.stderr.write(`failpoint ${name}\n`);
    if ('delayMs' in failpoint) await delay(failpoint.delayMs);
    else if (failpoint.action === 'throw') throw new Error(`the failpoint ${name}`);
    else process.kill(process.pid, failpoint.action === 'kill' ? 'SIGKILL' : 'SIGSTOP');
  }
}
