/** Types and JSON schemas of the partner's responses. Validation ignores unknown members. */
import { readTimestampMs } from '@platform/formats';
import { Ajv, type JSONSchemaType } from 'ajv';

/** Product of the partner. The catalogue reads the other members. */
export interface PartnerProduct {
  readonly id: string;
  /** Increases with each change. */
  readonly version: number;
  readonly deleted?: boolean;
  readonly [field: string]: unknown;
}

export interface ProductsPage {
  /** Unvalidated, because the catalogue rejects invalid products one by one. */
  readonly data: readonly Readonly<Record<string, unknown>>[];
  /** Cursor of the next page, even if there are no further changes yet. */
  readonly nextCursor: string;
  readonly hasMore: boolean;
  /** Number of changes after this page. */
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
  /** Ordered products with their remaining stock. */
  readonly lines: readonly PartnerStock[];
}

export interface Subscription {
  readonly url: string;
}

const RFC_3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/i;

/** Throws an error whose message names the fault. */
export type ReadResponse<T> = (body: string) => T;

const ajv = new Ajv({ strict: true });
ajv.addFormat('date-time', (text) => RFC_3339.test(text) && readTimestampMs(text) !== undefined);

const id = { type: 'string', minLength: 1, maxLength: 128 } as const;
const wholeNumber = { type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER } as const;
const stock = { type: 'integer', minimum: 0, maximum: 999_999_999 } as const; // the limit of the catalogue
const stockProperties = { productId: id, stock, version: wholeNumber } as const;

const product = {
  type: 'object',
  required: ['id', 'version'],
  properties: { id, version: wholeNumber, deleted: { type: 'boolean', nullable: true } },
};

const stockedLine: JSONSchemaType<PartnerStock> = {
  type: 'object',
  required: ['productId', 'stock', 'version'],
  properties: stockProperties,
};

const availability: JSONSchemaType<PartnerAvailability> = {
  type: 'object',
  required: ['productId', 'stock', 'version', 'asOf'],
  properties: {
    ...stockProperties,
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
    remaining: { ...wholeNumber, nullable: true },
  },
};

const subscription: JSONSchemaType<Subscription> = {
  type: 'object',
  required: ['url'],
  properties: { url: { type: 'string' } },
};

export const readProductsPage = reader<ProductsPage>(page);
export const readProduct = reader<PartnerProduct>(product);
export const readAvailability = reader<PartnerAvailability>(availability);
export const readOrder = reader<PartnerOrder>(order);
export const readSubscription = reader<Subscription>(subscription);

function reader<T>(schema: object): ReadResponse<T> {
  const validate = ajv.compile<T>(schema);
  return (body) => {
    const response = parse(body);
    if (validate(response)) return response;
    throw new Error(ajv.errorsText(validate.errors, { dataVar: 'response' }));
  };
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    throw new Error('the body is not JSON');
  }
}
