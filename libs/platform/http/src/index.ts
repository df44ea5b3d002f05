export { Produces } from './acceptable.guard';
export { acceptsAny, acceptsJson, preferredOf } from './accepted-types';
export { isApiDocsRoute, serveApiDocs, type OpenApiInfo } from './api-docs.provider';
export { ClientSignal } from './client-signal.decorator';
export { headerErrorOf, addGlobalHooks } from './global-hooks.provider';
export { createFastifyAdapter } from './fastify.provider';
export { Connections } from './connections.provider';
export { setHeaders } from './raw-headers.provider';
export { describeHeader } from './header-description';
export { isJson } from './json-media-type';
export { forwardedAddresses } from './forwarded-addresses';
export { toTrust, type IsTrusted } from './trust.provider';
export { HttpErrors } from './http.errors';
export { HttpModule } from './http.module';
export {
  AmountParameter,
  BooleanParameter,
  ChoiceParameter,
  CoordinatesParameter,
  IntegerParameter,
  ListParameter,
  Rule,
  TextParameter,
  TimeParameter,
} from './parameter.decorator';
export { PathPrefix, withPrefix } from './path-prefix.provider';
export { NoParameters, parseParameters, parseQueryString } from './parameters.pipe';
export { Problems } from './problem.response';
export {
  ALL_CODINGS,
  chooseCoding,
  encodeResponse,
  negotiate,
  toEncodedResponse,
  type ContentCoding,
  type RawHeaders,
  type EncodedResponse,
  type NegotiatedResponse,
} from './representation';
export { readBody } from './body.reader';
export { requestIdFrom } from './request-id';
export { withLogNotes, logNotesOf } from './log-notes';
export { AccessLog } from './access-log.service';
export { apiSecurityHeaders } from './security-headers.provider';
