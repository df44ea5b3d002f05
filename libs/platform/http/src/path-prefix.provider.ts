/**
 * The path under which clients reach this service if a gateway has taken it off: that of PUBLIC_URL, or what a trusted
 * proxy says in `X-Forwarded-Prefix`. It stands before each path that the service sends to a client.
 */
import type { IncomingMessage } from 'node:http';
import { Injectable } from '@nestjs/common';
import { AppConfig } from '@platform/config';
import type { RawHeaders } from './representation';
import { toTrust, type IsTrusted } from './trust.provider';

const PREFIX = /^(?:\/[\w.~-]+)+$/;
/** In characters. Three links of a response begin with it. */
const MAX_LENGTH = 200;

@Injectable()
export class PathPrefix {
  /** Of PUBLIC_URL; empty without it. */
  readonly configured: string;
  private readonly isTrusted: IsTrusted | undefined;

  constructor({ http }: AppConfig) {
    this.configured = http.publicUrl === undefined ? '' : new URL(http.publicUrl).pathname.replace(/\/$/, '');
    this.isTrusted = http.publicUrl === undefined ? toTrust(http.trustedProxies) : undefined;
  }

  /** Such as `/catalogue`; empty if there is none. */
  of({ headers, socket }: IncomingMessage): string {
    const forwarded = headers['x-forwarded-prefix'];
    if (forwarded === undefined || this.isTrusted?.(socket.remoteAddress ?? '', 0) !== true) return this.configured;
    const parts = String(forwarded).split(',', 10);
    const prefix = parts.map((part) => part.trim().replace(/\/$/, '')).join(''); // one of each gateway on the way
    return prefix.length <= MAX_LENGTH && PREFIX.test(prefix) ? prefix : '';
  }
}

/** `link` with the prefix before each of its paths; the other headers as they are. */
export function withPrefix(headers: RawHeaders, prefix: string): RawHeaders {
  if (prefix === '') return headers;
  return headers.map((text, at) =>
    at % 2 === 1 && headers[at - 1] === 'link' ? text.replaceAll('</', `<${prefix}/`) : text,
  );
}
