/**
 * One request for a token: client credentials (RFC 6749 §4.4), the client known by HTTP Basic (§2.3.1). What the
 * provider says is repeated nowhere, for it may repeat our secret.
 */
import { randomUUID } from 'node:crypto';
import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { AppConfig } from '@platform/config';
import { OutboundClient } from '@platform/outbound';
import {
  allowInsecureRequests,
  clientCredentialsGrantRequest,
  ClientSecretBasic,
  customFetch,
  processClientCredentialsResponse,
  ResponseBodyError,
} from 'oauth4webapi';
import type { GrantedToken } from './access-token';
import { authPolicy } from './auth.policy';
import { readLifeSeconds } from './token-lifetime';

export const TOKEN_OUTBOUND = Symbol('connections to the token endpoint');

/** The provider knows what we want, and says no: asking again changes nothing. */
export class RefusedGrantError extends Error {
  override readonly name = 'RefusedGrantError';
}

/** RFC 6749 §5.2 and RFC 8707 §2: faults of ours. */
const REFUSALS = new Set([
  'invalid_client',
  'invalid_grant',
  'invalid_request',
  'invalid_scope',
  'invalid_target',
  'unauthorized_client',
  'unsupported_grant_type',
]);

/** RFC 6750 §2.1, and whatever else can stand in a header. */
const TOKEN = /^[\x21-\x7e]+$/;
const WITHOUT_BODY = new Set([204, 205, 304]);

@Injectable()
export class TokenEndpoint implements OnApplicationShutdown {
  constructor(
    private readonly config: AppConfig,
    @Inject(TOKEN_OUTBOUND) private readonly outbound: OutboundClient,
  ) {}

  onApplicationShutdown(): Promise<void> {
    return this.outbound.close();
  }

  /** Throws RefusedGrantError, or an error whose message says what kept the provider from answering. */
  async request(secret: string, signal: AbortSignal): Promise<GrantedToken> {
    const oauth = this.config.partner?.oauth;
    if (oauth === undefined) throw new Error('no partner is configured');
    const provider = { issuer: new URL(oauth.tokenUrl).origin, token_endpoint: oauth.tokenUrl };
    const client = { client_id: oauth.clientId };
    const terms = {
      ...(oauth.scope !== undefined && { scope: oauth.scope }),
      ...(oauth.audience !== undefined && { audience: oauth.audience }),
    };
    let expiresIn: unknown;
    let status = 0;
    const response = await clientCredentialsGrantRequest(provider, client, ClientSecretBasic(secret), terms, {
      [allowInsecureRequests]: true, // the configuration has judged the address
      [customFetch]: async (
        url: string,
        { headers: sent, body }: { headers: Record<string, string>; body: unknown },
      ) => {
        const answer = await this.outbound.send(
          { method: 'POST', url, headers: sent, body: String(body) },
          { timeoutMs: authPolicy.requestTimeoutMs, maxBytes: authPolicy.maxAnswerBytes },
          signal,
        );
        const { text, ...taken } = takeExpiry(answer.body);
        expiresIn = taken.expiresIn;
        status = answer.status;
        const headers = { 'content-type': answer.headers['content-type'] ?? '' }; // a challenge hides what the body says
        return new Response(WITHOUT_BODY.has(status) ? null : text, { status, headers });
      },
    });
    const { access_token: value } = await processClientCredentialsResponse(provider, client, response).catch(
      (error: unknown) => judge(error, status),
    );
    if (!TOKEN.test(value) || value.length > authPolicy.maxTokenLength)
      throw new Error('the provider gave a token that cannot be sent');
    return { value, id: randomUUID(), lifeSeconds: readLifeSeconds(expiresIn, oauth.tokenSeconds) };
  }
}

/** What providers write there is read more leniently than the library does. */
function takeExpiry(text: string): { text: string; expiresIn?: unknown } {
  try {
    const { expires_in: expiresIn, ...rest } = JSON.parse(text) as Record<string, unknown>;
    return { text: JSON.stringify(rest), expiresIn };
  } catch {
    return { text };
  }
}

/** The library's errors hold the answer; only its kind goes on. 401 says that the client is not known (§5.2). */
function judge(error: unknown, status: number): never {
  if (error instanceof ResponseBodyError && REFUSALS.has(error.error)) throw new RefusedGrantError(error.error);
  if (status === 401) throw new RefusedGrantError('invalid_client');
  throw new Error(`the provider’s answer with status ${status} is no token`);
}
