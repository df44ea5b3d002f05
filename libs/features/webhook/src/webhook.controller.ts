import { Body, Controller, Post, Res, UseGuards } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { HttpErrors, Problems, Produces } from '@platform/http';
import { Inbox, InboxErrors } from '@platform/inbox';
import { LimitedBy, RateLimitErrors } from '@platform/rate-limit';
import { Failpoints } from '@platform/resilience';
import type { FastifyReply } from 'fastify';
import { toNewEvent, type Delivery } from './delivery/delivery';
import { SignatureGuard } from './delivery/signature.guard';
import { DescribedWebhook } from './webhook-docs.decorator';
import { WebhookErrors } from './webhook.errors';
import type { AcceptedResponse, DuplicateResponse } from './webhook.response';

@ApiTags('Webhook')
@Controller('webhook')
export class WebhookController {
  constructor(
    private readonly inbox: Inbox,
    private readonly failpoints: Failpoints,
  ) {}

  @Post()
  @LimitedBy('webhook')
  @Produces()
  @UseGuards(SignatureGuard)
  @DescribedWebhook()
  @Problems(
    WebhookErrors.INVALID_EVENT_ID,
    InboxErrors.INVALID_EVENT,
    WebhookErrors.INVALID_SIGNATURE,
    HttpErrors.REQUEST_TIMEOUT,
    HttpErrors.BODY_TOO_LARGE,
    HttpErrors.UNSUPPORTED_MEDIA_TYPE,
    InboxErrors.EVENT_ID_REUSED,
    RateLimitErrors.TOO_MANY_REQUESTS,
    InboxErrors.WEBHOOK_UNAVAILABLE,
  )
  async receive(
    @Body() delivery: Delivery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<AcceptedResponse | DuplicateResponse> {
    await this.failpoints.at('in.received');
    const acceptance = await this.inbox.accept(toNewEvent(delivery));
    reply.status(acceptance.kind === 'accepted' ? 202 : 200);
    reply.raw.once('finish', () => void this.failpoints.at('in.replied'));
    const { eventId } = delivery;
    if (acceptance.kind === 'accepted') return { status: 'accepted', eventId };
    return { status: 'duplicate', eventId, state: acceptance.state };
  }
}
