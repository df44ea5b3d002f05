/**
 * Client of the token endpoint. Messages contain only the error code of a response, because other members may echo the
 * secret.
 */
import { randomUUID } from 'node:crypto';
import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { AppConfig } from '@platform/config';
import { OutboundClient } from '@platform/outbound';
import type { GrantedToken } from '../access-token';
import { authPolicy } from '../auth.policy';
import { readLifeSeconds } from './token-lifetime';
import { toTokenRequest } from './token-request';
import { readTokenResponse } from './token-response';

export const TOKEN_OUTBOUND = Symbol('connections to the token endpoint');

/** Permanent error: the authorization server understood the request and refused it, so a retry does not help. */
export class RefusedGrantError extends Error {
  override readonly name = 'RefusedGrantError';
}

@Injectable()
export class TokenEndpoint implements OnApplicationShutdown {
  constructor(
    private readonly config: AppConfig,
    @Inject(TOKEN_OUTBOUND) private readonly outbound: OutboundClient,
  ) {}

  onApplicationShutdown(): Promise<void> {
    return this.outbound.close();
  }

  /** Throws RefusedGrantError, or an error whose message is the reason of the failure. */
  async request(secret: string, signal: AbortSignal): Promise<GrantedToken> {
    const oauth = this.config.partner?.oauth;
    if (oauth === undefined) throw new Error('no partner is configured');
    const { status, body } = await this.outbound.send(
      { method: 'POST', url: oauth.tokenUrl, ...toTokenRequest(oauth, secret) },
      { timeoutMs: authPolicy.requestTimeoutMs, maxBytes: authPolicy.maxResponseBytes },
      signal,
    );
    const response = readTokenResponse(status, body);
    if ('refusal' in response) throw new RefusedGrantError(response.refusal);
    if ('failure' in response) throw new Error(response.failure.replaceAll(secret, '[Redacted]'));
    const lifeSeconds = readLifeSeconds(response.expiresIn, oauth.tokenSeconds);
    return { value: response.accessToken, id: randomUUID(), lifeSeconds };
  }
}
