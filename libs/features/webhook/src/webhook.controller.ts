import { Body, Controller, Post, Res, UseGuards } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { HttpErrors, Problems, Produces } from '@platform/http';
import { LimitedBy, RateLimitErrors } from '@platform/rate-limit';
import { Failpoints } from '@platform/resilience';
import type { FastifyReply } from 'fastify';
import type { Delivery } from './delivery/delivery';
import { SignatureGuard } from './delivery/signature.guard';
import { DescribedWebhook } from './webhook-docs.decorator';
import { WebhookErrors } from './webhook.errors';
import type { AcceptedResponse, DuplicateResponse } from './webhook.response';
import { WebhookService } from './webhook.service';

@ApiTags('Webhook')
@Controller('webhook')
export class WebhookController {
  constructor(
    private readonly webhook: WebhookService,
    private readonly failpoints: Failpoints,
  ) {}

  @Post()
  @LimitedBy('webhook')
  @Produces()
  @UseGuards(SignatureGuard)
  @DescribedWebhook()
  @Problems(
    WebhookErrors.INVALID_EVENT_ID,
    WebhookErrors.INVALID_EVENT,
    WebhookErrors.INVALID_SIGNATURE,
    HttpErrors.REQUEST_TIMEOUT,
    HttpErrors.BODY_TOO_LARGE,
    HttpErrors.UNSUPPORTED_MEDIA_TYPE,
    WebhookErrors.EVENT_ID_REUSED,
    RateLimitErrors.TOO_MANY_REQUESTS,
    WebhookErrors.WEBHOOK_UNAVAILABLE,
  )
  async receive(
    @Body() delivery: Delivery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<AcceptedResponse | DuplicateResponse> {
    const response = await this.webhook.accept(delivery);
    reply.status(response.status === 'accepted' ? 202 : 200);
    reply.raw.once('finish', () => void this.failpoints.at('in.replied'));
    return response;
  }
}
