/**
 * Rate limit keys. An IPv4 client is counted by address, even if it is mapped into IPv6 (RFC 4291 §2.5.5.2). An IPv6
 * client is counted by its /64, the smallest allocation of a customer (RFC 6177): a key per address would give one
 * customer 2^64 keys.
 */
import { isIP } from 'class-validator';
import ipaddr from 'ipaddr.js';
import { rateLimitPolicy } from '../rate-limit.policy';

/** `2001:db8:1:2::9` → `2001:db8:1:2::/64`. Returns undefined if invalid, as in a forged `X-Forwarded-For`. */
export function clientNetwork(text: string): string | undefined {
  if (text.length > rateLimitPolicy.maxAddressLength) return undefined;
  const address = text.split('%', 1)[0] ?? '';
  if (!isIP(address)) return undefined;
  const parsed = ipaddr.process(address); // converts an IPv4-mapped address to IPv4
  if (!('parts' in parsed)) return parsed.toString();
  const network = parsed.parts.slice(0, 4).map((group) => group.toString(16));
  return `${network.join(':')}::/64`;
}

/** Returns the /48 of an IPv6 /64, and undefined for IPv4, whose addresses are too scarce to rotate through. */
export function outerNetwork(network: string): string | undefined {
  const [address = '', prefixLength] = network.split('::/');
  return prefixLength === '64' ? `${address.split(':', 3).join(':')}::/48` : undefined;
}
