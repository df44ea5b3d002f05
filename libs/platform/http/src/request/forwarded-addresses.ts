/**
 * Client addresses of an `X-Forwarded-For` header. Gateways may append a port or a zone to an address, put an IPv6
 * address in brackets, and quote it (RFC 7239): `"[2001:db8::1]:4711"`, `198.51.100.2:52123`, `fe80::1%eth0`.
 */
import { isIP } from 'class-validator';

/** An IPv6 address has at most 45 characters; brackets, a zone and a port add few. */
const MAX_ENTRY_LENGTH = 100;

/** Yields the addresses, nearest hop first; undefined for an entry that is not an IP address, such as `unknown`. */
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
