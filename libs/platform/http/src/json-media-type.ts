/** `application/json`, or another type in the syntax of JSON (RFC 6839 §3.1). */
const JSON_TYPE = /^(?:application\/json|text\/json|application\/[\w.-]+\+json)$/;

/** JSON is UTF-8 (RFC 8259 §8.1), of which ASCII is a part. */
const CHARSETS: ReadonlySet<string> = new Set(['utf-8', 'utf8', 'us-ascii', 'ascii']);

/**
 * Whether a Content-Type says JSON: `application/json; charset=utf8; version=1`. Parameters that are not known are
 * ignored (RFC 2045 §5).
 */
export function isJson(contentType: string | undefined): boolean {
  const [type = '', ...parameters] = (contentType ?? '').toLowerCase().split(';');
  const charsets = parameters.map(valueOfCharset).filter((charset) => charset !== undefined);
  return JSON_TYPE.test(type.trim()) && charsets.every((charset) => CHARSETS.has(charset));
}

function valueOfCharset(parameter: string): string | undefined {
  const [name = '', value = ''] = parameter.split('=');
  return name.trim() === 'charset' ? value.trim().replace(/["']/g, '') || undefined : undefined;
}
