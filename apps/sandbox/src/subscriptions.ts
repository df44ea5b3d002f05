/** API B: webhook subscriptions. The subscriber chooses the id of its subscription, so PUT is idempotent. */
import type { FastifyInstance } from 'fastify';
import type { PartnerApi } from './partner-api';
import type { Subscription, WebhookSender } from './webhook-sender';

const SUBSCRIPTION = {
  type: 'object',
  required: ['url'],
  properties: { url: { type: 'string', format: 'uri' }, secret: { type: 'string' } },
};

interface ById {
  Params: { id: string };
  Body: Subscription;
}

export function installSubscriptions(server: FastifyInstance, api: PartnerApi, sender: WebhookSender): void {
  const guarded = { onRequest: api.requireToken };
  const { subscriptions } = sender;
  server.put<ById>('/subscriptions/:id', { ...guarded, schema: { body: SUBSCRIPTION } }, (request, reply) => {
    const { id } = request.params;
    reply.status(subscriptions.has(id) ? 200 : 201);
    subscriptions.set(id, request.body);
    return { id, url: request.body.url };
  });
  server.get<ById>('/subscriptions/:id', guarded, ({ params: { id } }, reply) => {
    const subscription = subscriptions.get(id);
    if (subscription !== undefined) return { id, url: subscription.url };
    reply.status(404);
    return { error: 'not_found' };
  });
}
