/** Decides which peers are trusted proxies, by the configuration. */
import proxyAddr from '@fastify/proxy-addr';
import type { TrustedProxies } from '@platform/config';

/** `hop` is the distance of the proxy; the nearest is 0. */
export type IsTrusted = (address: string, hop: number) => boolean;

/** Returns undefined if no proxy is trusted. An invalid IP address is not trusted. */
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
