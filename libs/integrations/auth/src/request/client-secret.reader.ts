/** Client secret. A secret file is read again while the service runs, because its content may be replaced. */
import { readFile } from 'node:fs/promises';
import { Injectable } from '@nestjs/common';
import { AppConfig } from '@platform/config';
import { Clock } from '@platform/resilience';
import { authPolicy } from '../auth.policy';

@Injectable()
export class ClientSecret {
  private secret: string;
  private readAtMs = -Infinity;

  constructor(
    private readonly config: AppConfig,
    private readonly clock: Clock,
  ) {
    this.secret = config.partner?.oauth.clientSecret ?? '';
  }

  /** Returns the previous secret if the file is unreadable or empty, as while it is being replaced. */
  async current(): Promise<string> {
    const file = this.config.partner?.oauth.clientSecretFile;
    const nowMs = this.clock.elapsedMs();
    if (file === undefined || nowMs - this.readAtMs < authPolicy.secretCheckMs) return this.secret;
    this.readAtMs = nowMs;
    const text = await readFile(file, 'utf8').catch(() => '');
    return (this.secret = text.trimEnd() || this.secret);
  }
}
