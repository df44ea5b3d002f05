const DATE_TIME = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:\d{2}))?$/i;

/** RFC 3339 has four-digit years only; an offset can exceed them in UTC: `9999-12-31T23:59:59-01:00`. */
const FIRST_MS = Date.parse('0000-01-01T00:00:00.000Z');
const LAST_MS = Date.parse('9999-12-31T23:59:59.999Z');

/**
 * Reads `2026-11-01` or `2026-11-01T08:00:00+05:30` (RFC 3339). Returns milliseconds since 1970, or undefined if the
 * text is not a valid time.
 */
export function readTimestampMs(text: string): number | undefined {
  const ms = DATE_TIME.test(text) && isCalendarDate(text.slice(0, 10)) ? Date.parse(text) : NaN;
  return ms >= FIRST_MS && ms <= LAST_MS ? ms : undefined;
}

/** Rejects dates such as 30 February, which `Date.parse` reads as 2 March. */
function isCalendarDate(text: string): boolean {
  const ms = Date.parse(text);
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(text);
}
