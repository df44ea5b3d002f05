import { Module } from '@nestjs/common';
import { OutboundClient } from '@platform/outbound';
import { authPolicy } from './auth.policy';
import { TokenProvider } from './provider/token.provider';
import { ClientSecret } from './request/client-secret.reader';
import { TOKEN_OUTBOUND, TokenEndpoint } from './request/token-endpoint.client';
import { TokenRequests } from './request/token-requests.service';
import { SharedTokens } from './sharing/shared-tokens.repository';
import { TokenMetrics } from './token-metrics.service';

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
