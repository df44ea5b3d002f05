/**
 * Has the partner send its events here: registered when the service starts, looked at every minute, and registered
 * again where it was lost. All replicas register the same, so it does not matter which does. Nothing waits for it.
 */
import { createHash } from 'node:crypto';
import { Injectable, Logger, type BeforeApplicationShutdown } from '@nestjs/common';
import { AppConfig } from '@platform/config';
import { Clock, equalJitterMs } from '@platform/resilience';
import { PartnerClient } from './partner.client';
import { partnerPolicyFor } from './partner.policy';

@Injectable()
export class CallbackRegistration implements BeforeApplicationShutdown {
  private readonly logger = new Logger('Partner');
  private readonly shutdown = new AbortController();
  /** As the partner wrote it; undefined before this process registered it, for the secret may be another. */
  private registeredUrl: string | undefined;

  constructor(
    private readonly config: AppConfig,
    private readonly partner: PartnerClient,
    private readonly clock: Clock,
  ) {}

  /** Does nothing where no address is configured. */
  start(): void {
    const url = this.config.partner?.callbackUrl;
    if (url !== undefined) void this.keepRegistered(url);
  }

  beforeApplicationShutdown(): void {
    this.shutdown.abort(new Error('the service is shutting down'));
  }

  private async keepRegistered(url: string): Promise<void> {
    const { registrationCheckMs, registrationBackoff } = partnerPolicyFor(this.config.partner?.numbers ?? {});
    for (let failures = 0; !this.shutdown.signal.aborted;) {
      try {
        await this.ensure(url);
        failures = 0;
      } catch (error) {
        failures += 1;
        this.logFailure(error, failures);
      }
      const random = this.clock.random();
      const pauseMs =
        failures === 0
          ? registrationCheckMs * (0.8 + 0.4 * random)
          : equalJitterMs(registrationBackoff, failures, random);
      await this.clock.pause(pauseMs, this.shutdown.signal);
    }
  }

  private async ensure(url: string): Promise<void> {
    const id = `farmlokal-${createHash('sha256').update(url).digest('hex').slice(0, 16)}`;
    const options = { signal: this.shutdown.signal };
    const wasKnown = this.registeredUrl !== undefined;
    const found = wasKnown ? await this.partner.findSubscription(id, options) : undefined;
    if (wasKnown && found?.url === this.registeredUrl) return;
    this.registeredUrl = (await this.partner.putSubscription(id, { url, ...this.secret() }, options)).url;
    this.logger.log(wasKnown ? 'the callback was lost, and is registered again' : 'the callback is registered');
  }

  /** The first of those that are accepted is the newest. */
  private secret(): { secret?: string } {
    const [secret] = this.config.webhook.secrets;
    return secret === undefined ? {} : { secret: `whsec_${secret.toString('base64')}` };
  }

  private logFailure(error: unknown, failures: number): void {
    if (this.shutdown.signal.aborted) return;
    const reason = error instanceof Error ? error.message : String(error);
    this.logger.warn({ reason, failures, msg: 'the callback could not be registered; trying again' });
  }
}
