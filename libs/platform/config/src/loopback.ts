const LOOPBACK = new Set(['localhost', '127.0.0.1', '::1', '[::1]']);

/** Whether it names this machine. */
export function isLoopback(host: string): boolean {
  return LOOPBACK.has(host);
}
