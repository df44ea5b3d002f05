/**
 * What browsers are told not to do with an answer. It is the same for every answer of a kind, so helmet is asked once.
 * Nothing that is JSON runs, loads or is framed; the page of the documentation loads what this service has, and writes
 * styles into itself.
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
  strictTransportSecurity: { maxAge: ONE_YEAR_SECONDS, includeSubDomains: false }, // other names are not ours to speak for
  xContentTypeOptions: true,
};

/** Three, because each costs a microsecond an answer: what else there is says nothing of JSON. */
export const answerHeaders = headersBy({
  ...FOR_ALL,
  contentSecurityPolicy: {
    useDefaults: false,
    directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
  },
});

export const pageHeaders = headersBy({
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
