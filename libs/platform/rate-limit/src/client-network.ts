/**
 * Whom a request is counted for. IPv4 by address, also where it comes mapped into IPv6 (RFC 4291 §2.5.5.2); IPv6 by
 * its /64, which is the least a customer gets (RFC 6177), so that nobody has 2^64 addresses to count for.
 */
import { isIP } from 'class-validator';
import ipaddr from 'ipaddr.js';
import { rateLimitPolicy } from './rate-limit.policy';

/** Undefined for what is no address, such as a forged `X-Forwarded-For`. */
export function clientNetwork(text: string): string | undefined {
  if (text.length > rateLimitPolicy.maxAddressLength) return undefined;
  const address = text.split('%', 1)[0] ?? '';
  if (!isIP(address)) return undefined;
  const parsed = ipaddr.process(address); // takes a mapped address for the IPv4 it is
  if (!('parts' in parsed)) return parsed.toString();
  const network = parsed.parts.slice(0, 4).map((group) => group.toString(16));
  return `${network.join(':')}::/64`;
}

/** The /48 that contains an IPv6 /64. Undefined for IPv4, where addresses are too scarce to rotate through. */
export function outerNetwork(network: string): string | undefined {
  const [address = '', prefixLength] = network.split('::/');
  return prefixLength === '64' ? `${address.split(':', 3).join(':')}::/48` : undefined;
}
