/**
 * URL checks that the framework does not make. Fastify leaves malformed percent-encoding in a value unchanged; these
 * checks report it to the client.
 */
import { httpPolicy } from '../http.policy';
import { HttpErrors } from '../problems/http.errors';
import { firstFaults, shownName } from '../problems/listed-faults';

/** Throws ADDRESS_TOO_LONG (414) or INVALID_PARAMETERS (400), whose faults name the parameter. */
export function assertReadableUrl(url: string): void {
  const parameters = rawParameters(url);
  if (url.length > httpPolicy.maxUrlLength) throw HttpErrors.ADDRESS_TOO_LONG.create([tooLong(url, parameters)]);
  if (pathSegments(url).some((segment) => segment.length > httpPolicy.maxPathParameterLength))
    throw HttpErrors.ADDRESS_TOO_LONG.create([]);
  const malformed = parameters.filter(({ raw }) => !isDecodable(raw));
  if (malformed.length > 0)
    throw HttpErrors.INVALID_PARAMETERS.create(firstFaults(malformed, malformedEncoding), malformed.length);
}

function pathSegments(url: string): string[] {
  return (url.split('?', 1)[0] ?? '').split('/');
}

interface RawParameter {
  readonly name: string;
  readonly raw: string;
}

function rawParameters(url: string): RawParameter[] {
  const start = url.indexOf('?');
  if (start === -1) return [];
  return url
    .slice(start + 1)
    .split('&')
    .map((raw) => ({ name: raw.split('=', 1)[0] ?? '', raw }));
}

function isDecodable(raw: string): boolean {
  try {
    decodeURIComponent(raw);
    return true;
  } catch {
    return false;
  }
}

function malformedEncoding({ name }: RawParameter) {
  const shown = shownName(name);
  return { parameter: shown, code: 'malformed-encoding', detail: `${shown} is not valid percent-encoded UTF-8` };
}

function tooLong(url: string, parameters: RawParameter[]) {
  const longest = parameters.reduce((a, b) => (b.raw.length > a.raw.length ? b : a), { name: 'path', raw: '' });
  const parameter = shownName(longest.name);
  return {
    parameter,
    code: 'too-long',
    detail: `The URL has ${url.length} characters (limit ${httpPolicy.maxUrlLength}); ${parameter} is the longest part`,
  };
}
