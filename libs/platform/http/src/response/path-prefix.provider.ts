/**
 * Public path prefix of this service if a gateway strips it: the path of PUBLIC_URL, or the `X-Forwarded-Prefix` of a
 * trusted proxy. The service adds it to each path that it sends to a client.
 */
import type { IncomingMessage } from 'node:http';
import { Injectable } from '@nestjs/common';
import { AppConfig } from '@platform/config';
import { toTrust, type IsTrusted } from '../request/trust.provider';
import type { RawHeaders } from './representation';

const PREFIX = /^(?:\/[\w.~-]+)+$/;
/** In characters; three links of a response repeat the prefix. */
const MAX_LENGTH = 200;

@Injectable()
export class PathPrefix {
  /** Prefix from PUBLIC_URL; empty without it. */
  readonly configured: string;
  private readonly isTrusted: IsTrusted | undefined;

  constructor({ http }: AppConfig) {
    this.configured = http.publicUrl === undefined ? '' : new URL(http.publicUrl).pathname.replace(/\/$/, '');
    this.isTrusted = http.publicUrl === undefined ? toTrust(http.trustedProxies) : undefined;
  }

  /** Returns the prefix for a request, such as `/catalogue`; empty if there is none. */
  of({ headers, socket }: IncomingMessage): string {
    const forwarded = headers['x-forwarded-prefix'];
    if (forwarded === undefined || this.isTrusted?.(socket.remoteAddress ?? '', 0) !== true) return this.configured;
    const parts = String(forwarded).split(',', 10);
    const prefix = parts.map((part) => part.trim().replace(/\/$/, '')).join(''); // one part per gateway
    return prefix.length <= MAX_LENGTH && PREFIX.test(prefix) ? prefix : '';
  }
}

/** Adds the prefix to each path of `link`, `</products>` → `</catalogue/products>`; other headers stay unchanged. */
export function withPrefix(headers: RawHeaders, prefix: string): RawHeaders {
  if (prefix === '') return headers;
  return headers.map((text, at) =>
    at % 2 === 1 && headers[at - 1] === 'link' ? text.replaceAll('</', `<${prefix}/`) : text,
  );
}
