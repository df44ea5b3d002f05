import { Module } from '@nestjs/common';
import { AuthModule } from '@integrations/auth';
import { AppConfig } from '@platform/config';
import { OutboundClient } from '@platform/outbound';
import { CallbackRegistration } from './callback-registration.service';
import { PartnerCalls } from './partner-calls.service';
import { PartnerClient } from './partner.client';
import { PartnerHealth } from './partner-health.service';
import { PartnerMetrics } from './partner-metrics.service';
import { PARTNER_OUTBOUND, RetryingTransport } from './retrying-transport.service';
import { partnerPolicyFor } from './partner.policy';

/** Integration of the partner system: queries (API A) and the subscription to its events (API B). */
@Module({
  imports: [AuthModule],
  providers: [
    {
      provide: PARTNER_OUTBOUND,
      inject: [AppConfig],
      useFactory: ({ partner }: AppConfig) => new OutboundClient(partnerPolicyFor(partner?.numbers ?? {})),
    },
    PartnerClient,
    PartnerCalls,
    RetryingTransport,
    PartnerMetrics,
    PartnerHealth,
    CallbackRegistration,
  ],
  exports: [PartnerClient, PartnerHealth, CallbackRegistration],
})
export class PartnerModule {}
