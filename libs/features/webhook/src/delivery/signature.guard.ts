/**
 * Accepts deliveries that are signed with a configured secret; without configured secrets, all deliveries. Reads the
 * raw body, because the signature covers its bytes, and replaces `request.body` with a Delivery.
 */
import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { AppConfig } from '@platform/config';
import { HttpErrors, isJson, BodyReader } from '@platform/http';
import { ClientAddresses } from '@platform/rate-limit';
import { Clock } from '@platform/resilience';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { WebhookErrors } from '../webhook.errors';
import { webhookPolicy } from '../webhook.policy';
import type { Delivery } from './delivery';
import { readEventId } from './event-id';
import { isSigned, isTimely, type SignedMessage } from './webhook-signature';

const BODY_LIMITS = { maxBytes: webhookPolicy.maxBodyBytes, deadlineMs: webhookPolicy.bodyDeadlineMs };

@Injectable()
export class SignatureGuard implements CanActivate {
  constructor(
    private readonly config: AppConfig,
    private readonly clients: ClientAddresses,
    private readonly bodies: BodyReader,
    private readonly clock: Clock,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const http = context.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    if (!isJson(request.headers['content-type'])) throw HttpErrors.UNSUPPORTED_MEDIA_TYPE.create();
    const eventId = readEventId(request.headers);
    const signed = this.readSignature(request.headers);
    if (signed === undefined) throw this.rejectUnauthenticated(http.getResponse<FastifyReply>());
    const { network, outerNetwork } = this.clients.networksOf(request.raw);
    const body = await this.bodies.read(request, outerNetwork ?? network, BODY_LIMITS);
    if (!this.isSigned({ ...signed, id: eventId, body }))
      throw this.rejectUnauthenticated(http.getResponse<FastifyReply>());
    request.body = { eventId, requestId: request.id, body } satisfies Delivery;
    return true;
  }

  /** Returns undefined if the timestamp is invalid, so that the body need not be read. */
  private readSignature(
    headers: FastifyRequest['headers'],
  ): Pick<SignedMessage, 'timestamp' | 'signature'> | undefined {
    const { 'webhook-timestamp': timestamp = '', 'webhook-signature': signature = '' } = headers;
    const acceptsUnsigned = this.config.webhook.secrets.length === 0;
    const nowSeconds = Math.floor(this.clock.nowMs() / 1_000);
    if (!acceptsUnsigned && !isTimely(String(timestamp), nowSeconds, webhookPolicy.signatureToleranceSeconds))
      return undefined;
    return { timestamp: String(timestamp), signature: String(signature) };
  }

  private isSigned(message: SignedMessage): boolean {
    const { secrets } = this.config.webhook;
    return secrets.length === 0 || isSigned(message, secrets);
  }

  /** RFC 9110 §15.5.2 requires `WWW-Authenticate` with every 401. */
  private rejectUnauthenticated(reply: FastifyReply): Error {
    reply.header('www-authenticate', 'Standard-Webhooks');
    return WebhookErrors.INVALID_SIGNATURE.create();
  }
}
