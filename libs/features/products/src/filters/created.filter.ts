/** `createdAfter` and `createdBefore`: products that were created within a period. */
import { SORT_KEYS } from '@catalogue';
import { sql } from '@platform/database';
import { Rule, TimeParameter } from '@platform/http';
import type { Filter } from './filter';

/** Within this period the search index distinguishes all seconds. */
const PERIOD = { min: '2001-01-01T00:00:00Z', max: '2100-01-01T00:00:00Z' };

class CreatedParameters {
  @Rule(
    'conflict',
    (after, { createdBefore: before }: CreatedParameters) =>
      typeof before !== 'number' || toSeconds(Number(after)) < toSeconds(before),
    () => 'createdAfter must be earlier than createdBefore',
  )
  @TimeParameter({
    ...PERIOD,
    description: 'Only products created at this time or later. Fractions of a second are ignored.',
    example: '2025-01-01T00:00:00Z',
  })
  readonly createdAfter?: number;

  @TimeParameter({
    ...PERIOD,
    description: 'Only products created before this time. Fractions of a second are ignored.',
  })
  readonly createdBefore?: number;
}

interface CreatedValues {
  /** Inclusive, in seconds since 1970. */
  readonly createdAfterSeconds: number | undefined;
  /** Exclusive, in seconds since 1970. */
  readonly createdBeforeSeconds: number | undefined;
}

export const createdFilter: Filter<CreatedParameters, CreatedValues> = {
  parameters: CreatedParameters,
  read: ({ createdAfter, createdBefore }) => ({
    createdAfterSeconds: createdAfter && toSeconds(createdAfter),
    createdBeforeSeconds: createdBefore && toSeconds(createdBefore),
  }),
  toParameters: ({ createdAfterSeconds, createdBeforeSeconds }) => ({
    createdAfter: createdAfterSeconds && toText(createdAfterSeconds),
    createdBefore: createdBeforeSeconds && toText(createdBeforeSeconds),
  }),
  conditionOf: ({ createdAfterSeconds, createdBeforeSeconds }) => {
    if (createdAfterSeconds === undefined && createdBeforeSeconds === undefined) return undefined;
    const fromMs = createdAfterSeconds === undefined ? -Infinity : createdAfterSeconds * 1_000;
    const endMs = createdBeforeSeconds === undefined ? Infinity : createdBeforeSeconds * 1_000;
    return {
      sql: () => [
        ...(Number.isFinite(fromMs) ? [sql`p.created_at_ms >= ${fromMs}`] : []),
        ...(Number.isFinite(endMs) ? [sql`p.created_at_ms < ${endMs}`] : []),
      ],
      matches: ({ createdAtMs }) => createdAtMs >= fromMs && createdAtMs < endMs,
      range: {
        column: 'createdAt',
        lowest: keyOf(fromMs),
        highest: Number.isFinite(endMs) ? keyOf(endMs) - 1 : keyOf(endMs),
      },
    };
  },
};

const keyOf = SORT_KEYS.createdAt.abbreviate;

function toSeconds(timeMs: number): number {
  return Math.floor(timeMs / 1_000);
}

/** `1767225600` → `2026-01-01T00:00:00Z` */
function toText(seconds: number): string {
  return new Date(seconds * 1_000).toISOString().replace('.000', '');
}
