/**
 * Redacts log lines: replaces values with secret names at any depth. It checks each name once and takes 0.1 µs for a
 * flat line; the wildcard redaction of the logger takes 10 µs.
 */

/** Ends of secret names, in any spelling: `clientSecret`, `access_token`, `Authorization`. */
const SECRET_NAME = /(?:password|passwd|secret|token|authorization|cookie|credential|signature|api[_-]?key)s?$/i;

/** Members of a failed statement or command; their values may be personal data or a password. */
const STATEMENT_NAME = /^(?:sql|parameters|args)$/;

/** Our log lines are not nested deeper; deeper objects are redacted. */
const MAX_DEPTH = 5;

const REDACTED = '[redacted]';

/** Results by name; log field names are constants in the code, so there are few. */
const isSecretByName = new Map<string, boolean>();

export function redacted(line: Record<string, unknown>): Record<string, unknown> {
  return isWithoutSecrets(line) ? line : copyOf(line, MAX_DEPTH);
}

/** Returns whether a line has neither secrets nor nested objects that may contain one. */
function isWithoutSecrets(line: Record<string, unknown>): boolean {
  for (const name in line) {
    const value = line[name];
    if (isSecretName(name) || (typeof value === 'object' && value !== null && name !== 'err')) return false;
  }
  return true;
}

function copyOf(fields: Record<string, unknown>, depth: number): Record<string, unknown> {
  const entries = Object.entries(fields).map(([name, value]) => [
    name,
    isSecretName(name) ? REDACTED : name === 'err' && depth === MAX_DEPTH ? value : redactedValue(value, depth),
  ]);
  return Object.fromEntries(entries) as Record<string, unknown>;
}

function redactedValue(value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null || value instanceof Date) return value;
  if (depth === 0) return REDACTED;
  if (Array.isArray(value)) return value.map((each) => redactedValue(each, depth - 1));
  const fields = Object.entries(value);
  if (value instanceof Error) fields.push(['name', value.name], ['message', value.message]);
  return copyOf(Object.fromEntries(fields), depth - 1);
}

function isSecretName(name: string): boolean {
  const cached = isSecretByName.get(name);
  if (cached !== undefined) return cached;
  const isSecret = SECRET_NAME.test(name) || STATEMENT_NAME.test(name);
  if (isSecretByName.size < 1_000) isSecretByName.set(name, isSecret);
  return isSecret;
}
