/** Decimal numbers in the notations of common languages: `19.99`, `-7.5e-05`, `.5`. */
const DECIMAL = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;

/** Unanchored pattern for parameter schemas. */
export const DECIMAL_PATTERN = DECIMAL.source.slice(1, -1);

/** Returns undefined if the text is not a finite decimal number. */
export function readDecimal(text: string): number | undefined {
  const value = DECIMAL.test(text) ? Number(text) : NaN;
  return Number.isFinite(value) ? value : undefined;
}
