import { AuthModule } from '@integrations/auth';
import { Module } from '@nestjs/common';
import { OutboundClient } from '@platform/outbound';
import { CallbackRegistration } from './callback-registration.service';
import { PartnerCalls } from './calls/partner-calls.service';
import { PARTNER_OUTBOUND, RetryingTransport } from './calls/retrying-transport.service';
import { PartnerHealth } from './partner-health.service';
import { PartnerMetrics } from './partner-metrics.service';
import { PARTNER_POLICY, partnerPolicyProvider } from './partner-policy.provider';
import { PartnerClient } from './partner.client';
import type { PartnerPolicy } from './partner.policy';

/** Integration of the partner system: queries (API A) and the subscription to its events (API B). */
@Module({
  imports: [AuthModule],
  providers: [
    partnerPolicyProvider,
    {
      provide: PARTNER_OUTBOUND,
      inject: [PARTNER_POLICY],
      useFactory: (policy: PartnerPolicy) => new OutboundClient(policy),
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
