/** Proxies whose `X-Forwarded-For` is trusted: none, a number of hops in front of the service, or IP ranges. */
import { isIP } from 'class-validator';

export type TrustedProxies = false | number | readonly string[];

const NAMED_RANGES = new Set(['loopback', 'linklocal', 'uniquelocal']);
const MAX_HOPS = 16;

/** Parses `none`, `2`, or `10.0.0.0/8,fd00::/8,loopback`; undefined for other text, such as a range of all IPs. */
export function parseTrustedProxies(text: string): TrustedProxies | undefined {
  if (text === 'none') return false;
  if (/^\d{1,2}$/.test(text)) return Number(text) >= 1 && Number(text) <= MAX_HOPS ? Number(text) : undefined;
  const ranges = text.split(',').map((range) => range.trim());
  return ranges.every(isRange) ? ranges : undefined;
}

function isRange(text: string): boolean {
  if (NAMED_RANGES.has(text)) return true;
  const [address = '', prefix, ...more] = text.split('/');
  const bits = isIP(address, 4) ? 32 : isIP(address, 6) ? 128 : -1;
  if (prefix === undefined) return bits > 0;
  return more.length === 0 && /^\d{1,3}$/.test(prefix) && Number(prefix) >= 1 && Number(prefix) <= bits;
}
