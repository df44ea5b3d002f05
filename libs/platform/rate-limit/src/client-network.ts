/**
 * Whom a request is counted for. IPv4 by address, also where it comes mapped into IPv6 (RFC 4291 §2.5.5.2); IPv6 by
 * its /64, which is the least a customer gets (RFC 6177), so that nobody has 2^64 addresses to count for.
 */
import { isIP } from 'class-validator';

/** Undefined for what is no address, such as a forged `X-Forwarded-For`. */
export function clientNetwork(text: string): string | undefined {
  const address = text.split('%', 1)[0] ?? '';
  if (isIP(address, 4)) return address;
  if (!isIP(address, 6)) return undefined;
  const groups = groupsOf(address);
  if (groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff) {
    const bytes = groups.slice(6).flatMap((group) => [group >> 8, group & 0xff]);
    return bytes.join('.');
  }
  return `${groups
    .slice(0, 4)
    .map((group) => group.toString(16))
    .join(':')}::/64`;
}

/** The eight 16-bit groups of a valid IPv6 address. */
function groupsOf(address: string): number[] {
  const hex = address.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, a, b, c, d) => {
    return `${((Number(a) << 8) | Number(b)).toString(16)}:${((Number(c) << 8) | Number(d)).toString(16)}`;
  });
  const [head = '', tail] = hex.split('::');
  const parse = (part: string) => (part === '' ? [] : part.split(':').map((group) => parseInt(group, 16)));
  const [front, back] = [parse(head), parse(tail ?? '')];
  const zeros = tail === undefined ? 0 : 8 - front.length - back.length;
  return [...front, ...Array<number>(zeros).fill(0), ...back];
}
