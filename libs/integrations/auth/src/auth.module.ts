import { Module } from '@nestjs/common';
import { OutboundClient } from '@platform/outbound';
import { authPolicy } from './auth.policy';
import { ClientSecret } from './request/client-secret.reader';
import { SharedTokens } from './sharing/shared-tokens.repository';
import { TOKEN_OUTBOUND, TokenEndpoint } from './request/token-endpoint.client';
import { TokenMetrics } from './token-metrics.service';
import { TokenProvider } from './provider/token.provider';
import { TokenRequests } from './request/token-requests.service';

/** Access token for the partner: requested once and shared by all replicas. */
@Module({
  providers: [
    { provide: TOKEN_OUTBOUND, useFactory: () => new OutboundClient(authPolicy) },
    TokenProvider,
    TokenRequests,
    TokenEndpoint,
    SharedTokens,
    ClientSecret,
    TokenMetrics,
  ],
  exports: [TokenProvider],
})
export class AuthModule {}
