/**
 * Addresses of an `X-Forwarded-For` header, the nearest hop first. Gateways also write a port behind an address, brackets
 * around one of IPv6, quotes as in RFC 7239, or a zone: `"[2001:db8::1]:4711"`, `198.51.100.2:52123`, `fe80::1%eth0`.
 */
import { isIP } from 'class-validator';

/** An IPv6 address has 45 characters at most; with brackets, a zone and a port it is not much longer. */
const MAX_ENTRY_LENGTH = 100;

/** Undefined for an entry that is no address, such as `unknown` or a forged one. */
export function* forwardedAddresses(header: string): Generator<string | undefined> {
  for (let end = header.length; end >= 0;) {
    const comma = end === 0 ? -1 : header.lastIndexOf(',', end - 1);
    const entry = header.slice(comma + 1, end).trim();
    if (entry !== '') yield readAddress(entry);
    end = comma;
  }
}

function readAddress(entry: string): string | undefined {
  if (entry.length > MAX_ENTRY_LENGTH) return undefined;
  const text = entry.replace(/^"(.*)"$/, '$1');
  const bracketed = /^\[([^\]]*)\](?::\d+)?$/.exec(text)?.[1];
  const withPort = /^([\d.]+):\d+$/.exec(text)?.[1];
  const [address = ''] = (bracketed ?? withPort ?? text).split('%', 1);
  return isIP(address) ? address : undefined;
}
