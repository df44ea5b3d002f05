/** `application/json`, or another type with JSON syntax (RFC 6839 §3.1). */
const JSON_TYPE = /^(?:application\/json|text\/json|application\/[\w.-]+\+json)$/;

/** JSON is UTF-8 (RFC 8259 §8.1); ASCII is a subset. */
const CHARSETS: ReadonlySet<string> = new Set(['utf-8', 'utf8', 'us-ascii', 'ascii']);

/**
 * Returns whether a Content-Type is JSON: `application/json; charset=utf8; version=1` → true. Ignores unknown
 * parameters (RFC 2045 §5).
 */
export function isJson(contentType: string | undefined): boolean {
  const [type = '', ...parameters] = (contentType ?? '').toLowerCase().split(';');
  const charsets = parameters.map(charsetOf).filter((charset) => charset !== undefined);
  return JSON_TYPE.test(type.trim()) && charsets.every((charset) => CHARSETS.has(charset));
}

function charsetOf(parameter: string): string | undefined {
  const [name = '', value = ''] = parameter.split('=');
  return name.trim() === 'charset' ? value.trim().replace(/["']/g, '') || undefined : undefined;
}
