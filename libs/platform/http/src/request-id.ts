/** A caller's id is taken over when it is harmless in a header, a log line and a file name. */
const HARMLESS = /^[A-Za-z0-9._-]{1,64}$/;

export function requestIdFrom(header: string | string[] | undefined, makeId: () => string): string {
  return typeof header === 'string' && HARMLESS.test(header) ? header : makeId();
}
