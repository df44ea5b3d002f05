/** The parts of the sandbox that faults are dialled for and requests are counted by. */
export const TARGETS = ['token', 'products', 'availability', 'orders', 'subscriptions', 'api'] as const;
export type Target = (typeof TARGETS)[number];

/** Undefined for what is not the partner's, but the sandbox' own. */
export function targetOf(url: string): Target | undefined {
  const path = url.split('?', 1)[0] ?? '';
  if (path === '/oauth/token') return 'token';
  if (path.endsWith('/availability')) return 'availability';
  const [, first] = path.split('/');
  return first === 'products' || first === 'orders' || first === 'subscriptions' ? first : undefined;
}
