/** OAuth 2 token endpoint for client credentials only (RFC 6749 §4.4), and validation of its tokens. */
import { randomBytes } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Settings } from './settings';

export class TokenEndpoint {
  /** Expiry of each token, in ms since 1970. */
  private readonly tokens = new Map<string, number>();

  constructor(private readonly settings: Settings) {}

  install(server: FastifyInstance): void {
    server.post('/oauth/token', (request, reply) => this.issueToken(request, reply));
  }

  accepts(authorization: string | undefined): boolean {
    const token = /^Bearer (\S+)$/i.exec(authorization ?? '')?.[1] ?? '';
    return (this.tokens.get(token) ?? 0) > Date.now();
  }

  /** All issued tokens, including expired ones. */
  get issued(): readonly string[] {
    return [...this.tokens.keys()];
  }

  revokeAll(): void {
    for (const token of this.tokens.keys()) this.tokens.set(token, 0);
  }

  /** Issues a token; errors follow RFC 6749 §5.2. */
  private issueToken(request: FastifyRequest, reply: FastifyReply): object {
    reply.header('cache-control', 'no-store');
    const form = new URLSearchParams(typeof request.body === 'string' ? request.body : '');
    if (!this.isAuthenticated(request.headers.authorization, form)) {
      reply.status(401).header('www-authenticate', 'Basic realm="sandbox"');
      return { error: 'invalid_client' };
    }
    const grantType = form.get('grant_type');
    if (grantType !== 'client_credentials') {
      reply.status(400);
      return { error: grantType === null ? 'invalid_request' : 'unsupported_grant_type' };
    }
    const { tokenSeconds } = this.settings;
    const token = `sandbox-${randomBytes(24).toString('base64url')}`;
    this.tokens.set(token, Date.now() + tokenSeconds * 1_000);
    const scope = form.get('scope');
    return {
      access_token: token,
      token_type: 'Bearer',
      expires_in: tokenSeconds,
      ...(scope !== null && { scope }),
    };
  }

  /** Checks the client credentials from HTTP Basic or the form (RFC 6749 §2.3.1). */
  private isAuthenticated(authorization: string | undefined, form: URLSearchParams): boolean {
    const basic = /^Basic (\S+)$/i.exec(authorization ?? '')?.[1];
    const [id, secret] =
      basic === undefined
        ? [form.get('client_id'), form.get('client_secret')]
        : Buffer.from(basic, 'base64').toString().split(':').map(decodeForm);
    return id === this.settings.clientId && secret === this.settings.clientSecret;
  }
}

function decodeForm(text: string): string {
  return new URLSearchParams(`x=${text}`).get('x') ?? '';
}
