/** API B: where the partner sends its events. A subscription is put under an id of the subscriber's; putting it again changes nothing. */
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
  const guarded = { onRequest: api.wantsToken };
  const { subscriptions } = sender;
  server.put<ById>('/subscriptions/:id', { ...guarded, schema: { body: SUBSCRIPTION } }, (request, reply) => {
    const { id } = request.params;
    reply.status(subscriptions.has(id) ? 200 : 201);
    subscriptions.set(id, request.body);
    return { id, url: request.body.url };
  });
  server.get<ById>('/subscriptions/:id', guarded, ({ params: { id } }, reply) => {
    const found = subscriptions.get(id);
    if (found !== undefined) return { id, url: found.url };
    reply.status(404);
    return { error: 'not_found' };
  });
}
