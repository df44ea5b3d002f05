/**
 * Security headers, computed by helmet once at startup: one set for API responses and one for the Swagger UI page. JSON
 * must not execute, load resources or be framed. The page loads resources of this origin and uses inline styles.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import helmet, { type HelmetOptions } from 'helmet';
import type { RawHeaders } from './representation';

const ONE_YEAR_SECONDS = 31_536_000;

const NONE: HelmetOptions = {
  contentSecurityPolicy: false,
  crossOriginEmbedderPolicy: false,
  crossOriginOpenerPolicy: false,
  crossOriginResourcePolicy: false, // the catalogue is public
  originAgentCluster: false,
  referrerPolicy: false,
  strictTransportSecurity: false,
  xContentTypeOptions: false,
  xDnsPrefetchControl: false,
  xDownloadOptions: false,
  xFrameOptions: false,
  xPermittedCrossDomainPolicies: false,
  xPoweredBy: false,
  xXssProtection: false,
};

const FOR_ALL: HelmetOptions = {
  ...NONE,
  strictTransportSecurity: { maxAge: ONE_YEAR_SECONDS, includeSubDomains: false }, // subdomains may be other services
  xContentTypeOptions: true,
};

/** Only three, because each costs 1 µs per response and the others have no effect on JSON. */
export const apiSecurityHeaders = toHeaders({
  ...FOR_ALL,
  contentSecurityPolicy: {
    useDefaults: false,
    directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
  },
});

export const docsSecurityHeaders = toHeaders({
  ...FOR_ALL,
  referrerPolicy: { policy: 'no-referrer' },
  xFrameOptions: { action: 'deny' },
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      defaultSrc: ["'self'"],
      styleSrc: ["'self'", "'unsafe-inline'"],
      imgSrc: ["'self'", 'data:'],
      objectSrc: ["'none'"],
      baseUri: ["'self'"],
      formAction: ["'self'"],
      frameAncestors: ["'none'"],
    },
  },
});

function toHeaders(options: HelmetOptions): RawHeaders {
  const headers: string[] = [];
  const response = {
    setHeader: (name: string, value: unknown) => headers.push(name.toLowerCase(), String(value)),
    removeHeader: () => undefined,
  };
  helmet(options)({} as IncomingMessage, response as unknown as ServerResponse, (error) => {
    if (error !== undefined) throw error as Error;
  });
  return headers;
}
