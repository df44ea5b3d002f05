/**
 * What browsers are told not to do with an answer. It is the same for every answer of a kind, so helmet is asked once.
 * Nothing that is JSON runs, loads or is framed; the page of the documentation loads what this service has, and writes
 * styles into itself.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import helmet, { type HelmetOptions } from 'helmet';
import type { RawHeaders } from './representation';

const ONE_YEAR_SECONDS = 31_536_000;

const FOR_ALL: HelmetOptions = {
  strictTransportSecurity: { maxAge: ONE_YEAR_SECONDS, includeSubDomains: false }, // other names are not ours to speak for
  xFrameOptions: { action: 'deny' },
  crossOriginResourcePolicy: { policy: 'cross-origin' }, // the catalogue is public
  crossOriginEmbedderPolicy: false,
  crossOriginOpenerPolicy: false,
  originAgentCluster: false,
  xDnsPrefetchControl: false,
  xDownloadOptions: false,
  xPermittedCrossDomainPolicies: false,
  xXssProtection: false,
};

export const answerHeaders = headersBy({
  ...FOR_ALL,
  contentSecurityPolicy: {
    useDefaults: false,
    directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
  },
});

export const pageHeaders = headersBy({
  ...FOR_ALL,
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

function headersBy(options: HelmetOptions): RawHeaders {
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
