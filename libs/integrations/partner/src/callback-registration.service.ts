/**
 * Subscribes to the partner's events: registers the callback URL at startup, checks it every minute and registers it
 * again if it was lost. Registration is idempotent and the same in all replicas. Nothing waits for it.
 */
import { createHash } from 'node:crypto';
import { Inject, Injectable, Logger, type BeforeApplicationShutdown } from '@nestjs/common';
import { AppConfig } from '@platform/config';
import { Clock, equalJitterMs } from '@platform/resilience';
import { PARTNER_POLICY } from './partner-policy.provider';
import { PartnerClient } from './partner.client';
import type { PartnerPolicy } from './partner.policy';

@Injectable()
export class CallbackRegistration implements BeforeApplicationShutdown {
  private readonly logger = new Logger('Partner');
  private readonly shutdown = new AbortController();
  /** URL as the partner returned it; undefined until this process registers it, since the secret may have changed. */
  private registeredUrl: string | undefined;

  constructor(
    private readonly config: AppConfig,
    private readonly partner: PartnerClient,
    private readonly clock: Clock,
    @Inject(PARTNER_POLICY) private readonly policy: PartnerPolicy,
  ) {}

  /** Does nothing if no callback URL is configured. */
  start(): void {
    const url = this.config.partner?.callbackUrl;
    if (url !== undefined) void this.keepRegistered(url);
  }

  beforeApplicationShutdown(): void {
    this.shutdown.abort(new Error('the service is shutting down'));
  }

  private async keepRegistered(url: string): Promise<void> {
    const { registrationCheckMs, registrationBackoff } = this.policy;
    for (let failures = 0; !this.shutdown.signal.aborted;) {
      try {
        await this.ensureRegistered(url);
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

  private async ensureRegistered(url: string): Promise<void> {
    const id = `farmlokal-${createHash('sha256').update(url).digest('hex').slice(0, 16)}`;
    const options = { signal: this.shutdown.signal };
    const wasRegistered = this.registeredUrl !== undefined;
    const subscription = wasRegistered ? await this.partner.findSubscription(id, options) : undefined;
    if (wasRegistered && subscription?.url === this.registeredUrl) return;
    this.registeredUrl = (await this.partner.putSubscription(id, { url, ...this.secret() }, options)).url;
    this.logger.log(wasRegistered ? 'the callback was lost and is registered again' : 'the callback is registered');
  }

  /** The first configured secret is the newest. */
  private secret(): { secret?: string } {
    const [secret] = this.config.webhook.secrets;
    return secret === undefined ? {} : { secret: `whsec_${secret.toString('base64')}` };
  }

  private logFailure(error: unknown, failures: number): void {
    if (this.shutdown.signal.aborted) return;
    const reason = error instanceof Error ? error.message : String(error);
    this.logger.warn({ reason, failures, msg: 'the callback registration failed; it is retried' });
  }
}
