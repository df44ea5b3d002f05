/**
 * Reads responses of a token endpoint. Only `access_token` is required (RFC 6749 §5.1): other members may be missing,
 * null, empty or of another type, and the status may be any 2xx, because servers differ in all of them.
 */
import { authPolicy } from '../auth.policy';

export type TokenResponse =
  | { readonly accessToken: string; readonly expiresIn: unknown }
  /** Error code of a permanent error. */
  | { readonly refusal: string }
  /** Fault of the response. Contains no value of the response except an error code. */
  | { readonly failure: string };

/** Permanent errors that the client causes: RFC 6749 §5.2 and RFC 8707 §2. */
const REFUSALS: ReadonlySet<unknown> = new Set([
  'invalid_client',
  'invalid_grant',
  'invalid_request',
  'invalid_scope',
  'invalid_target',
  'unauthorized_client',
  'unsupported_grant_type',
]);

/** Characters that a header can contain; a superset of RFC 6750 §2.1. */
const TOKEN = /^[\x21-\x7e]+$/;
const ERROR_CODE = /^[a-z_]{1,40}$/;
/** Token types with their own authentication scheme (RFC 9449 and drafts). Other types are names for bearer tokens. */
const OTHER_SCHEMES: ReadonlySet<unknown> = new Set(['mac', 'pop', 'dpop']);

/** `{"access_token":"a1","token_type":null}` with status 201 → `{ accessToken: 'a1', expiresIn: undefined }` */
export function readTokenResponse(status: number, body: string): TokenResponse {
  const members = parseObject(body);
  const isSuccess = status >= 200 && status < 300;
  const accessToken = members?.['access_token'] ?? undefined;
  if (isSuccess && accessToken !== undefined) return readToken(accessToken, members ?? {});
  const error = members?.['error'];
  if (REFUSALS.has(error)) return { refusal: String(error) };
  if (status === 401) return { refusal: 'invalid_client' }; // §5.2
  if (!isSuccess) return { failure: `status ${status}${withErrorCode(error)}` };
  return { failure: `status ${status}, but the body ${members ? 'has no access_token' : 'is not a JSON object'}` };
}

function withErrorCode(error: unknown): string {
  return typeof error === 'string' && ERROR_CODE.test(error) ? `, error ${error}` : '';
}

function readToken(accessToken: unknown, members: Readonly<Record<string, unknown>>): TokenResponse {
  if (typeof accessToken !== 'string') return { failure: 'the access_token is not a string' };
  if (!TOKEN.test(accessToken))
    return { failure: 'the access_token is empty or has characters that a header cannot contain' };
  if (accessToken.length > authPolicy.maxTokenLength)
    return { failure: `the access_token is longer than ${authPolicy.maxTokenLength} characters` };
  const { token_type: type, expires_in: expiresIn } = members;
  if (typeof type === 'string' && OTHER_SCHEMES.has(type.toLowerCase()))
    return { failure: `the token_type is ${type.toLowerCase()}, and only bearer tokens are supported` };
  return { accessToken, expiresIn };
}

/** Returns undefined if the body is not a JSON object. */
function parseObject(body: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(body);
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
