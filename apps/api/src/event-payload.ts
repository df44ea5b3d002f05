/** What an event says beyond its type; what it says wrong, no attempt would mend. */
import { isExternalId, MAX_EXTERNAL_ID_LENGTH, type SourceVersion } from '@features/products';
import { PermanentFailure, type WebhookEvent } from '@features/webhook';

export interface EventPayload {
  /** Of what has changed, in the system of the sender. */
  readonly id: string;
  readonly version: SourceVersion;
  /** How it is now; undefined where the event says only that it has changed. */
  readonly data: Readonly<Record<string, unknown>> | undefined;
}

/** Throws PermanentFailure. */
export function readPayload({ payload }: WebhookEvent): EventPayload {
  return { id: readId(payload['id']), version: readVersion(payload['version']), data: readData(payload['data']) };
}

function readId(value: unknown): string {
  const id = typeof value === 'string' || Number.isSafeInteger(value) ? String(value) : '';
  if (!isExternalId(id))
    throw new PermanentFailure(
      `id must be a whole number, or a text of 1 to ${MAX_EXTERNAL_ID_LENGTH} characters with no space but single ones inside`,
    );
  return id;
}

function readVersion(value: unknown): SourceVersion {
  if (value === undefined) return undefined;
  if (!Number.isSafeInteger(value) || Number(value) < 0)
    throw new PermanentFailure('version must be a whole number from 0');
  return Number(value);
}

function readData(value: unknown): EventPayload['data'] {
  if (value === undefined) return undefined;
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new PermanentFailure('data must be an object');
  return value as Readonly<Record<string, unknown>>;
}
