/** Parts of the sandbox. Faults are set and requests are counted per target. */
export const TARGETS = ['token', 'products', 'availability', 'orders', 'subscriptions', 'api'] as const;
export type Target = (typeof TARGETS)[number];

/** `/products/1/availability` → `availability`; undefined for routes of the sandbox itself. */
export function targetOf(url: string): Target | undefined {
  const [, first, , last] = (url.split('?', 1)[0] ?? '').split('/');
  if (first === 'oauth') return 'token';
  if (first === 'products') return last === 'availability' ? 'availability' : 'products';
  return first === 'orders' || first === 'subscriptions' ? first : undefined;
}
