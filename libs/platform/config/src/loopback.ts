const LOOPBACK = new Set(['localhost', '127.0.0.1', '::1', '[::1]']);

/** Whether the host is this machine. */
export function isLoopback(host: string): boolean {
  return LOOPBACK.has(host);
}
