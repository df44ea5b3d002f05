/** Reads event payloads, and checks them for faults that no retry can resolve. */
import { MAX_EXTERNAL_ID_LENGTH, isExternalId, readProductData, readStock, type SourceVersion } from '@catalogue';
import type { Fault } from '@platform/errors';
import { PermanentFailure, type EventCheck, type InboxEvent } from '@platform/inbox';

type Json = Readonly<Record<string, unknown>>;

export interface EventPayload {
  /** Id of the changed resource in the sender's system. */
  readonly id: string;
  readonly version: SourceVersion;
  /** Current state of the resource; undefined if the event only announces a change. */
  readonly data: Json | undefined;
}

/** Null members count as absent. Throws PermanentFailure for a fault, which an event of an older build may have. */
export function readPayload({ payload }: InboxEvent): EventPayload {
  const [fault] = checkReference(payload);
  if (fault !== undefined) throw new PermanentFailure(fault.detail);
  return { id: toId(payload['id']), version: toVersion(payload['version']), data: toData(payload['data']) };
}

/** Checks an event that refers to a resource and needs no data. */
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
  detail: `id must be a whole number, or text of 1 to ${MAX_EXTERNAL_ID_LENGTH} characters without leading, trailing or repeated spaces`,
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

/** Returns an empty string if the value is not an id. */
function toId(value: unknown): string {
  return typeof value === 'string' || Number.isSafeInteger(value) ? String(value) : '';
}

/** Returns NaN if the value is not a version. Senders may write it as a string. */
function toVersion(value: unknown): SourceVersion {
  if (value === undefined || value === null) return undefined;
  const version = typeof value === 'string' && /^\d{1,16}$/.test(value) ? Number(value) : value;
  return Number.isSafeInteger(version) && Number(version) >= 0 ? Number(version) : NaN;
}

function toData(value: unknown): Json | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : undefined;
}
