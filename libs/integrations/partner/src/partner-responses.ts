/** What the partner answers: its shapes, and the check that an answer has one. Fields that are not known are passed over. */
import { readTimestampMs } from '@platform/formats';
import { Ajv, type JSONSchemaType } from 'ajv';

/** A product as the partner has it; what else it says of it, the catalogue reads. */
export interface PartnerProduct {
  readonly id: string;
  /** Counts its changes. */
  readonly version: number;
  readonly deleted?: boolean;
  readonly [field: string]: unknown;
}

export interface ProductsPage {
  /** Each by itself may still be none: `isPartnerProduct` tells. */
  readonly data: readonly Readonly<Record<string, unknown>>[];
  /** Where the next page begins, also when it is empty for now. */
  readonly nextCursor: string;
  readonly hasMore: boolean;
  /** Changes after this page. */
  readonly remaining?: number;
}

export interface PartnerStock {
  readonly productId: string;
  readonly stock: number;
  readonly version: number;
}

export interface PartnerAvailability extends PartnerStock {
  /** RFC 3339. */
  readonly asOf: string;
}

export interface PartnerOrder {
  readonly id: string;
  /** Each with what is left of its product. */
  readonly lines: readonly PartnerStock[];
}

export interface Subscription {
  readonly url: string;
}

const RFC_3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/i;

/** Throws with a message that says what is wrong. */
export type ReadResponse<T> = (body: string) => T;

const ajv = new Ajv({ strict: true });
ajv.addFormat('date-time', (text) => RFC_3339.test(text) && readTimestampMs(text) !== undefined);

const id = { type: 'string', minLength: 1, maxLength: 128 } as const;
const whole = { type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER } as const;
const stock = { type: 'integer', minimum: 0, maximum: 999_999_999 } as const; // what the catalogue can hold
const stocked = { productId: id, stock, version: whole } as const;

const product = {
  type: 'object',
  required: ['id', 'version'],
  properties: { id, version: whole, deleted: { type: 'boolean', nullable: true } },
};

const stockedLine: JSONSchemaType<PartnerStock> = {
  type: 'object',
  required: ['productId', 'stock', 'version'],
  properties: stocked,
};

const availability: JSONSchemaType<PartnerAvailability> = {
  type: 'object',
  required: ['productId', 'stock', 'version', 'asOf'],
  properties: {
    ...stocked,
    asOf: { type: 'string', format: 'date-time' },
  },
};

const order: JSONSchemaType<PartnerOrder> = {
  type: 'object',
  required: ['id', 'lines'],
  properties: { id, lines: { type: 'array', maxItems: 1_000, items: stockedLine } },
};

const page = {
  type: 'object',
  required: ['data', 'nextCursor', 'hasMore'],
  properties: {
    data: { type: 'array', items: { type: 'object' } },
    nextCursor: { type: 'string', minLength: 1, maxLength: 500 },
    hasMore: { type: 'boolean' },
    remaining: { ...whole, nullable: true },
  },
};

const subscription: JSONSchemaType<Subscription> = {
  type: 'object',
  required: ['url'],
  properties: { url: { type: 'string' } },
};

export const isPartnerProduct = ajv.compile<PartnerProduct>(product);
export const readProductsPage = reader<ProductsPage>(page);
export const readProduct = reader<PartnerProduct>(product);
export const readAvailability = reader<PartnerAvailability>(availability);
export const readOrder = reader<PartnerOrder>(order);
export const readSubscription = reader<Subscription>(subscription);

function reader<T>(schema: object): ReadResponse<T> {
  const validate = ajv.compile<T>(schema);
  return (body) => {
    const answer = parse(body);
    if (validate(answer)) return answer;
    throw new Error(ajv.errorsText(validate.errors, { dataVar: 'answer' }));
  };
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    throw new Error('it is not JSON');
  }
}
