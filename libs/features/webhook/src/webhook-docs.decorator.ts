/** OpenAPI description of POST /webhook. The examples work unchanged with the demo catalogue. */
import { applyDecorators } from '@nestjs/common';
import {
  ApiBody,
  ApiExtraModels,
  ApiHeaders,
  ApiOperation,
  ApiResponse,
  getSchemaPath,
  type ApiBodyOptions,
  type ApiHeaderOptions,
} from '@nestjs/swagger';
import { RATE_LIMIT_HEADERS } from '@platform/rate-limit';
import { MAX_EVENT_ID_LENGTH } from './delivery/event-id';
import { MAX_TYPE_LENGTH } from './delivery/event-envelope';
import { AcceptedResponse, DuplicateResponse } from './webhook.response';

const HEADERS: ApiHeaderOptions[] = [
  {
    name: 'x-event-id',
    required: true,
    description: `Event id: 1 to ${MAX_EVENT_ID_LENGTH} visible ASCII characters without a comma, compared byte for byte. \`webhook-id\` is an alias.`,
    schema: { type: 'string', minLength: 1, maxLength: MAX_EVENT_ID_LENGTH, example: 'evt_01JDB3Q9X7' },
  },
  {
    name: 'webhook-timestamp',
    required: false,
    description: 'Unix time in seconds. Required, like the signature, if signing secrets are configured.',
    schema: { type: 'string', example: '1795623626' },
  },
  {
    name: 'webhook-signature',
    required: false,
    description:
      'Standard Webhooks 1.0: `v1,` and the HMAC-SHA256 of `id.timestamp.body` in base64; separate several by spaces.',
    schema: { type: 'string' },
  },
];

const PRODUCT = {
  name: 'Heirloom Tomato',
  description: 'Picked this morning',
  category: 'vegetables',
  price: 129.5,
  currency: 'INR',
  unit: 'kg',
  stock: 40,
  producer: { name: 'Sahyadri Family Farm', place: 'Nashik', latitude: 19.99, longitude: 73.78 },
};

const BODY: ApiBodyOptions = {
  required: true,
  description:
    'JSON of at most 256 KiB. `event` is the type of the event and `id` the changed object. `version` increases with each change, so that an older event never overwrites a newer one. `data` is the current state of the object. Null members count as absent. An event that can never be applied is rejected with 400.',
  schema: {
    type: 'object',
    required: ['event'],
    properties: {
      event: { type: 'string', minLength: 1, maxLength: MAX_TYPE_LENGTH, example: 'stock.updated' },
      id: { oneOf: [{ type: 'string' }, { type: 'integer' }], description: 'Id in the system of the sender' },
      version: { type: ['integer', 'string', 'null'], minimum: 0, pattern: '^\\d{1,16}$' },
      data: { type: ['object', 'null'] },
    },
    additionalProperties: true,
  },
  examples: {
    'stock.updated': { value: { event: 'stock.updated', id: 'demo-000000001', version: 2, data: { stock: 7 } } },
    'product.created': { value: { event: 'product.created', id: 'farm-77-tomato', version: 1, data: PRODUCT } },
    'product.updated': {
      value: { event: 'product.updated', id: 'farm-77-tomato', version: 2, data: { ...PRODUCT, price: 119 } },
    },
    'product.deleted': { value: { event: 'product.deleted', id: 'farm-77-tomato', version: 3 } },
    'order.updated': { value: { event: 'order.updated', id: 123 } },
  },
};

export function DescribedWebhook(): MethodDecorator {
  return applyDecorators(
    ApiOperation({
      summary: 'Deliver an event',
      description:
        'A 2xx response confirms that the event is stored. Until you receive one, repeat the delivery with the same id and ' +
        'the same bytes: an event takes effect at most once. An outdated event is skipped, and an event whose attempts ' +
        'all fail waits for an operator.',
    }),
    ApiHeaders(HEADERS),
    ApiBody(BODY),
    ApiExtraModels(DuplicateResponse),
    ApiResponse({
      status: 202,
      description: 'The event is stored',
      type: AcceptedResponse,
      headers: RATE_LIMIT_HEADERS,
    }),
    ApiResponse({
      status: 200,
      description: 'Duplicate: the event was delivered before with the same bytes',
      schema: { $ref: getSchemaPath(DuplicateResponse) },
      headers: RATE_LIMIT_HEADERS,
    }),
  );
}
