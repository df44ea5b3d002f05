/** Client ids are accepted if they are safe in a header, a log line and a file name. */
const SAFE = /^[A-Za-z0-9._-]{1,64}$/;

export function requestIdFrom(header: string | string[] | undefined, generateId: () => string): string {
  return typeof header === 'string' && SAFE.test(header) ? header : generateId();
}
