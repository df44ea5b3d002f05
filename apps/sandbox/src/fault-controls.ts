/** Fault controls of the sandbox under /sandbox/…, for people and tests. A real partner does not have them. */
import type { FastifyInstance } from 'fastify';
import { FAULT_KINDS, type Fault, type Faults } from './faults';
import type { RequestLog } from './request-log';
import type { Settings } from './settings';
import { TARGETS, type Target } from './targets';
import type { TokenEndpoint } from './token-endpoint';
import type { WebhookSender } from './webhook-sender';
import type { OrderLine, PartnerProduct, PartnerState } from './partner-state';

export interface Parts {
  readonly settings: Settings;
  readonly world: PartnerState;
  readonly tokens: TokenEndpoint;
  readonly faults: Faults;
  readonly requests: RequestLog;
  readonly sender: WebhookSender;
}

const text = { type: 'string' };
const count = { type: 'integer', minimum: 0 };
const closed = { type: 'object', additionalProperties: false };

const FAULT = {
  ...closed,
  required: ['kind'],
  properties: {
    kind: { enum: FAULT_KINDS },
    ms: count,
    status: { type: 'integer', minimum: 200, maximum: 599 },
    retryAfter: text,
    error: text,
    bytes: count,
    location: text,
    fields: { type: 'object' },
    percent: { type: 'number', minimum: 0, maximum: 100 },
    times: { type: 'integer', minimum: 1 },
  },
};

const SETTINGS = {
  ...closed,
  properties: { tokenSeconds: { type: 'number', exclusiveMinimum: 0 }, clientSecret: text, duplicates: count },
};

const PRODUCT = {
  ...closed,
  properties: { name: text, description: text, category: text, price: { type: 'number' }, stock: count },
};

const ORDER = {
  ...closed,
  required: ['lines'],
  properties: {
    lines: {
      type: 'array',
      minItems: 1,
      items: { ...closed, required: ['productId', 'quantity'], properties: { productId: text, quantity: count } },
    },
  },
};

export function installFaultControls(server: FastifyInstance, parts: Parts): void {
  const { settings, tokens, faults, requests, sender } = parts;
  server.get('/sandbox', () => ({
    faults: faults.all(),
    settings: { tokenSeconds: settings.tokenSeconds, duplicates: settings.duplicates },
    subscriptions: [...sender.subscriptions].map(([id, { url }]) => ({ id, url })),
  }));
  server.put<{ Params: { target: Target }; Body: Fault }>(
    '/sandbox/faults/:target',
    { schema: { params: { type: 'object', properties: { target: { enum: TARGETS } } }, body: FAULT } },
    ({ params: { target }, body }) => {
      faults.set(target, body);
      return faults.all();
    },
  );
  server.delete('/sandbox/faults', () => {
    faults.clear();
    return {};
  });
  server.patch<{ Body: Partial<Settings> }>('/sandbox/settings', { schema: { body: SETTINGS } }, ({ body }) => {
    Object.assign(settings, body);
    return {};
  });
  server.get('/sandbox/tokens', () => ({ tokens: tokens.issued }));
  server.delete('/sandbox/tokens', () => {
    tokens.revokeAll();
    return {};
  });
  server.delete('/sandbox/subscriptions', () => {
    sender.subscriptions.clear();
    return {};
  });
  server.get('/sandbox/requests', () => requests.describe());
  server.delete('/sandbox/requests', () => {
    requests.clear();
    return {};
  });
  server.get('/sandbox/webhooks', () => ({ sendings: sender.sendings }));
  installEvents(server, parts);
}

/** Changes products and orders of the partner, and sends the events to its subscribers. */
function installEvents(server: FastifyInstance, { world, sender }: Parts): void {
  server.patch<{ Params: { id: string }; Body: Partial<PartnerProduct> }>(
    '/sandbox/products/:id',
    { schema: { body: PRODUCT } },
    ({ params: { id }, body }) => {
      const product = world.put(id, body);
      const isStockOnly = Object.keys(body).join() === 'stock';
      const event = isStockOnly ? 'stock.updated' : 'product.updated';
      return { product, eventId: sender.send({ event, id, version: product.version }) };
    },
  );
  server.delete<{ Params: { id: string } }>('/sandbox/products/:id', ({ params: { id } }, reply) => {
    const product = world.remove(id);
    if (product === undefined) reply.status(404);
    else return { eventId: sender.send({ event: 'product.deleted', id, version: product.version }) };
    return { error: 'not_found' };
  });
  server.post<{ Body: { lines: OrderLine[] } }>('/sandbox/orders', { schema: { body: ORDER } }, ({ body }) => {
    const order = world.place(body.lines);
    return { order, eventId: sender.send({ event: 'order.updated', id: order.id }) };
  });
}
