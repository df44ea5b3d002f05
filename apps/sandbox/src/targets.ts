/** The parts of the sandbox that faults are dialled for and requests are counted by. */
export const TARGETS = ['token', 'products', 'availability', 'orders', 'subscriptions', 'api'] as const;
export type Target = (typeof TARGETS)[number];

/** Undefined for what is not the partner's, but the sandbox' own. */
export function targetOf(url: string): Target | undefined {
  const [, first, , last] = (url.split('?', 1)[0] ?? '').split('/');
  if (first === 'oauth') return 'token';
  if (first === 'products') return last === 'availability' ? 'availability' : 'products';
  return first === 'orders' || first === 'subscriptions' ? first : undefined;
}
