/** Which peers are proxies that are believed, by the configuration. */
import proxyAddr from '@fastify/proxy-addr';
import type { TrustedProxies } from '@platform/config';

/** `hop` counts proxies from the nearest, which is 0. */
export type IsTrusted = (address: string, hop: number) => boolean;

/** Undefined if no proxy is trusted. An address that is none is not trusted. */
export function toTrust(trusted: TrustedProxies): IsTrusted | undefined {
  if (trusted === false) return undefined;
  if (typeof trusted === 'number') return (_address, hop) => hop < trusted;
  const isInRange = proxyAddr.compile([...trusted]);
  return (address, hop) => {
    try {
      return isInRange(address, hop);
    } catch {
      return false;
    }
  };
}
