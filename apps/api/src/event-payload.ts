/** What an event says beyond its type, and what is wrong with it so that no attempt could succeed. */
import {
  isExternalId,
  MAX_EXTERNAL_ID_LENGTH,
  readProductData,
  readStock,
  type SourceVersion,
} from '@features/products';
import { PermanentFailure, type EventCheck, type WebhookEvent } from '@features/webhook';
import type { Fault } from '@platform/errors';

type Json = Readonly<Record<string, unknown>>;

export interface EventPayload {
  /** Of what has changed, in the system of the sender. */
  readonly id: string;
  readonly version: SourceVersion;
  /** How it is now; undefined if the event says only that it has changed. */
  readonly data: Json | undefined;
}

/** Members that are null are absent. Throws PermanentFailure for what an older build has accepted. */
export function readPayload({ payload }: WebhookEvent): EventPayload {
  const [fault] = checkReference(payload);
  if (fault !== undefined) throw new PermanentFailure(fault.detail);
  return { id: toId(payload['id']), version: toVersion(payload['version']), data: toData(payload['data']) };
}

/** Of events that are about something, and need no data. */
export const checkReference: EventCheck = ({ id, version }) => [
  ...(isExternalId(toId(id)) ? [] : [BAD_ID]),
  ...(Number.isNaN(toVersion(version)) ? [BAD_VERSION] : []),
];

const checkData: EventCheck = (payload) => {
  const data = payload['data'] ?? {};
  const isObject = typeof data === 'object' && !Array.isArray(data);
  return [...checkReference(payload), ...(isObject ? [] : [BAD_DATA])];
};

export const checkProduct: EventCheck = (payload) => {
  const faults = checkData(payload);
  const data = toData(payload['data']);
  if (faults.length > 0 || data === undefined) return faults;
  const product = readProductData(toId(payload['id']), data);
  return 'reasons' in product ? product.reasons.map(toFault) : [];
};

export const checkStock: EventCheck = (payload) => {
  const faults = checkData(payload);
  const data = toData(payload['data']);
  if (faults.length > 0 || data === undefined) return faults;
  return readStock(data['stock']) === undefined ? [BAD_STOCK] : [];
};

const BAD_ID: Fault = {
  pointer: '/id',
  code: 'not-an-id',
  detail: `id must be a whole number, or a text of 1 to ${MAX_EXTERNAL_ID_LENGTH} characters with no space but single ones inside`,
};
const BAD_VERSION: Fault = {
  pointer: '/version',
  code: 'not-a-version',
  detail: 'version must be a whole number from 0',
};
const BAD_DATA: Fault = { pointer: '/data', code: 'not-an-object', detail: 'data must be an object' };
const BAD_STOCK: Fault = {
  pointer: '/data/stock',
  code: 'not-a-stock',
  detail: 'data.stock must be a whole number from 0',
};

function toFault(detail: string): Fault {
  return { pointer: '/data', code: 'not-a-product', detail };
}

/** Empty for what is none. */
function toId(value: unknown): string {
  return typeof value === 'string' || Number.isSafeInteger(value) ? String(value) : '';
}

/** NaN for what is none. A sender may write it as a text. */
function toVersion(value: unknown): SourceVersion {
  if (value === undefined || value === null) return undefined;
  const version = typeof value === 'string' && /^\d{1,16}$/.test(value) ? Number(value) : value;
  return Number.isSafeInteger(version) && Number(version) >= 0 ? Number(version) : NaN;
}

function toData(value: unknown): Json | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : undefined;
}
