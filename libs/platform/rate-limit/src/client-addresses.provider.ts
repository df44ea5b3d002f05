/** Whom a request comes from: its peer, or whom the proxies that are trusted say they speak for. */
import type { IncomingMessage } from 'node:http';
import proxyAddr from '@fastify/proxy-addr';
import { Injectable } from '@nestjs/common';
import { AppConfig, type TrustedProxies } from '@platform/config';
import { LRUCache } from 'lru-cache';
import { clientNetwork } from './client-network';

type IsTrusted = (address: string, hop: number) => boolean;

@Injectable()
export class ClientAddresses {
  private readonly isTrusted: IsTrusted | undefined;
  /** Those who asked last will ask again; reading an address takes longer than to remember it. */
  private readonly networks = new LRUCache<string, string>({ max: 10_000 });

  constructor({ http }: AppConfig) {
    this.isTrusted = toTrust(http.trustedProxies);
  }

  /** Of the nearest peer where what the proxies say is no address. */
  networkOf(request: IncomingMessage): string {
    const peer = request.socket.remoteAddress ?? '';
    return this.networkAt(this.claimed(request, peer)) ?? this.networkAt(peer) ?? 'unknown';
  }

  private networkAt(address: string): string | undefined {
    const known = this.networks.get(address);
    if (known !== undefined) return known;
    const network = clientNetwork(address);
    if (network !== undefined) this.networks.set(address, network);
    return network;
  }

  /** Reading a forwarded address that is none fails where proxies are trusted by address. */
  private claimed(request: IncomingMessage, peer: string): string {
    if (this.isTrusted === undefined) return peer;
    try {
      return proxyAddr(request, this.isTrusted);
    } catch {
      return peer;
    }
  }
}

function toTrust(trusted: TrustedProxies): IsTrusted | undefined {
  if (trusted === false) return undefined;
  return typeof trusted === 'number' ? (_address, hop) => hop < trusted : proxyAddr.compile([...trusted]);
}
