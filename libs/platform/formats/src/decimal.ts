/** Every finite decimal number, as any language prints it: `19.99`, `-7.5e-05`, `.5`. */
const DECIMAL = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;

/** For the schema of a parameter. */
export const DECIMAL_PATTERN = DECIMAL.source.slice(1, -1);

/** Undefined for what is no finite number. */
export function readDecimal(text: string): number | undefined {
  const value = DECIMAL.test(text) ? Number(text) : NaN;
  return Number.isFinite(value) ? value : undefined;
}
