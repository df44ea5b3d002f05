/** Whom a request comes from: its peer, or the client that trusted proxies name. */
import type { IncomingMessage } from 'node:http';
import { Injectable, Logger } from '@nestjs/common';
import { AppConfig } from '@platform/config';
import { forwardedAddresses, toTrust, type IsTrusted } from '@platform/http';
import { LRUCache } from 'lru-cache';
import { clientNetwork, outerNetwork } from './client-network';

/** Names of what a request is counted for. */
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
  /** Those who asked last will ask again; reading an address takes longer than to remember it. */
  private readonly networks = new LRUCache<string, ClientNetworks>({ max: 10_000 });

  constructor({ http }: AppConfig) {
    this.isTrusted = toTrust(http.trustedProxies);
  }

  networksOf(request: IncomingMessage): ClientNetworks {
    const peer = request.socket.remoteAddress ?? '';
    return this.networksAt(this.clientOf(request, peer)) ?? this.networksAt(peer) ?? UNKNOWN;
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

  /** The nearest address that is not that of a trusted proxy; if a proxy names none that can be read, its own. */
  private clientOf({ headers }: IncomingMessage, peer: string): string {
    const forwarded = headers['x-forwarded-for'];
    if (this.isTrusted === undefined || forwarded === undefined) return peer;
    let address = peer;
    let hop = 0;
    for (const next of forwardedAddresses(String(forwarded))) {
      if (!this.isTrusted(address, hop)) return address;
      if (next === undefined) {
        this.warn(String(forwarded));
        return address;
      }
      address = next;
      hop += 1;
    }
    return address;
  }

  /** Once: each request through that proxy has such a header. */
  private warn(forwarded: string): void {
    if (this.hasWarned) return;
    this.hasWarned = true;
    this.logger.warn({
      forwarded: forwarded.slice(0, 200),
      msg: 'X-Forwarded-For has an entry that is no address; clients behind that proxy share one rate limit',
    });
  }
}
