export { isApiDocsRoute, serveApiDocs, type OpenApiInfo } from './api-docs.provider';
export { Connections } from './connections/connections.provider';
export { createFastifyAdapter } from './fastify.provider';
export { addGlobalHooks, headerErrorOf } from './global-hooks.provider';
export { HttpModule } from './http.module';
export { AccessLog } from './observation/access-log.service';
export { logNotesOf, withLogNotes } from './observation/log-notes';
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
} from './parameters/parameter.decorator';
export { NoParameters, parseParameters, parseQueryString } from './parameters/parameters.pipe';
export { HttpErrors } from './problems/http.errors';
export { Problems } from './problems/problem.response';
export { Produces } from './request/acceptable.guard';
export { acceptsAny, acceptsJson, preferredOf } from './request/accepted-types';
export { BodyReader } from './request/body.reader';
export { ClientSignal } from './request/client-signal.decorator';
export { forwardedAddresses } from './request/forwarded-addresses';
export { isJson } from './request/json-media-type';
export { requestIdFrom } from './request/request-id';
export { toTrust, type IsTrusted } from './request/trust.provider';
export { describeHeader } from './response/header-description';
export { PathPrefix, withPrefix } from './response/path-prefix.provider';
export { setHeaders } from './response/raw-headers.provider';
export {
  ALL_CODINGS,
  chooseCoding,
  encodeResponse,
  negotiate,
  toEncodedResponse,
  type ContentCoding,
  type EncodedResponse,
  type NegotiatedResponse,
  type RawHeaders,
} from './response/representation';
export { apiSecurityHeaders } from './response/security-headers.provider';
