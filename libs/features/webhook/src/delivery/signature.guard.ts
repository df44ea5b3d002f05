/**
 * Lets in who signs with a secret we share, or everyone where there is none. Reads the body, since it is what is
 * signed, and leaves it with the request as a Delivery.
 */
import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { AppConfig } from '@platform/config';
import { HttpErrors, readBody } from '@platform/http';
import { Clock } from '@platform/resilience';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { WebhookErrors } from '../webhook.errors';
import { webhookPolicy } from '../webhook.policy';
import type { Delivery } from './delivery';
import { readEventId } from './event-id';
import { isSigned } from './webhook-signature';

const JSON_MEDIA_TYPE = /^application\/json\s*(;\s*charset\s*=\s*"?utf-8"?\s*)?$/i;

const BODY_LIMITS = { maxBytes: webhookPolicy.maxBodyBytes, deadlineMs: webhookPolicy.bodyDeadlineMs };

@Injectable()
export class SignatureGuard implements CanActivate {
  constructor(
    private readonly config: AppConfig,
    private readonly clock: Clock,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const http = context.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const reply = http.getResponse<FastifyReply>();
    if (!JSON_MEDIA_TYPE.test(request.headers['content-type'] ?? '')) throw HttpErrors.UNSUPPORTED_MEDIA_TYPE.create();
    const eventId = readEventId(request.headers);
    const delivery: Delivery = { eventId, requestId: request.id, body: await readBody(request, reply, BODY_LIMITS) };
    if (!this.isWelcome(delivery, request.headers)) {
      reply.header('www-authenticate', 'Standard-Webhooks'); // RFC 9110 §15.5.2 wants a scheme named with every 401
      throw WebhookErrors.INVALID_SIGNATURE.create();
    }
    request.body = delivery;
    return true;
  }

  private isWelcome({ eventId, body }: Delivery, headers: FastifyRequest['headers']): boolean {
    const { secrets } = this.config.webhook;
    if (secrets.length === 0) return true;
    const { 'webhook-timestamp': timestamp, 'webhook-signature': signature } = headers;
    if (Array.isArray(timestamp) || Array.isArray(signature)) return false;
    const nowSeconds = Math.floor(this.clock.nowMs() / 1_000);
    const toleranceSeconds = webhookPolicy.signatureToleranceSeconds;
    return isSigned({ id: eventId, timestamp, signature, body }, { secrets, nowSeconds, toleranceSeconds });
  }
}
