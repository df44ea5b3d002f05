/** Whom a request comes from: its peer, or whom the proxies that are trusted say they speak for. */
import type { IncomingMessage } from 'node:http';
import proxyAddr from '@fastify/proxy-addr';
import { Injectable } from '@nestjs/common';
import { AppConfig, type TrustedProxies } from '@platform/config';
import { LRUCache } from 'lru-cache';
import { clientNetwork, outerNetwork } from './client-network';

/** Names of what a request is counted for. */
export interface ClientNetworks {
  readonly network: string;
  readonly outerNetwork: string | undefined;
}

const UNKNOWN: ClientNetworks = { network: 'unknown', outerNetwork: undefined };

type IsTrusted = (address: string, hop: number) => boolean;

@Injectable()
export class ClientAddresses {
  private readonly isTrusted: IsTrusted | undefined;
  /** Those who asked last will ask again; reading an address takes longer than to remember it. */
  private readonly networks = new LRUCache<string, ClientNetworks>({ max: 10_000 });

  constructor({ http }: AppConfig) {
    this.isTrusted = toTrust(http.trustedProxies);
  }

  /** Of the nearest peer where what the proxies say is no address. */
  networksOf(request: IncomingMessage): ClientNetworks {
    const peer = request.socket.remoteAddress ?? '';
    return this.networksAt(this.claimed(request, peer)) ?? this.networksAt(peer) ?? UNKNOWN;
  }

  private networksAt(address: string): ClientNetworks | undefined {
    const known = this.networks.get(address);
    if (known !== undefined) return known;
    const network = clientNetwork(address);
    if (network === undefined) return undefined;
    const networks = { network, outerNetwork: outerNetwork(network) };
    this.networks.set(address, networks);
    return networks;
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
