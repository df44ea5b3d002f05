/** Determines the client of a request: its peer, or the client that trusted proxies forward. */
import type { IncomingMessage } from 'node:http';
import { Injectable, Logger } from '@nestjs/common';
import { AppConfig } from '@platform/config';
import { forwardedAddresses, toTrust, type IsTrusted } from '@platform/http';
import { LRUCache } from 'lru-cache';
import { clientNetwork, outerNetwork } from './client-network';

/** Networks of a client, in the form of rate limit keys. */
export interface ClientNetworks {
  readonly network: string;
  readonly outerNetwork: string | undefined;
}

const UNKNOWN: ClientNetworks = { network: 'unknown', outerNetwork: undefined };

@Injectable()
export class ClientAddresses {
  private readonly logger = new Logger('ClientAddresses');
  private readonly isTrusted: IsTrusted | undefined;
  private hasWarned = false;
  /** Networks of recent clients, because parsing an address takes longer than a lookup. */
  private readonly networks = new LRUCache<string, ClientNetworks>({ max: 10_000 });

  constructor({ http }: AppConfig) {
    this.isTrusted = toTrust(http.trustedProxies);
  }

  networksOf(request: IncomingMessage): ClientNetworks {
    const peer = request.socket.remoteAddress ?? '';
    return this.networksAt(this.clientOf(request, peer)) ?? this.networksAt(peer) ?? UNKNOWN;
  }

  private networksAt(address: string): ClientNetworks | undefined {
    const cached = this.networks.get(address);
    if (cached !== undefined) return cached;
    const network = clientNetwork(address);
    if (network === undefined) return undefined;
    const networks = { network, outerNetwork: outerNetwork(network) };
    this.networks.set(address, networks);
    return networks;
  }

  /** Returns the nearest address that is not a trusted proxy; if a proxy forwards no valid address, its own. */
  private clientOf({ headers }: IncomingMessage, peer: string): string {
    const forwarded = headers['x-forwarded-for'];
    if (this.isTrusted === undefined || forwarded === undefined) return peer;
    let address = peer;
    let hop = 0;
    for (const forwardedAddress of forwardedAddresses(String(forwarded))) {
      if (!this.isTrusted(address, hop)) return address;
      if (forwardedAddress === undefined) {
        this.warn(String(forwarded));
        return address;
      }
      address = forwardedAddress;
      hop += 1;
    }
    return address;
  }

  /** Logged once, because each request through that proxy has such a header. */
  private warn(forwarded: string): void {
    if (this.hasWarned) return;
    this.hasWarned = true;
    this.logger.warn({
      forwarded: forwarded.slice(0, 200),
      msg: 'X-Forwarded-For contains an invalid address; clients behind that proxy share one rate limit',
    });
  }
}
