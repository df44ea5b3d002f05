/**
 * Redacts URLs for the log: removes the values of secret parameters and truncates long URLs. Every step takes time
 * proportional to the length of the URL, because clients control its content.
 */
import { httpPolicy } from '../http.policy';

/** Parts of names of secret parameters. This service has no such parameter, but clients send them in URLs. */
const SECRET_NAME = /token|secret|passw|signature|credential|api[_-]?key|auth|jwt|%[0-9a-f]{2}/i;

/** User and password of a URL in absolute form. */
const CREDENTIALS = /^([a-z]+:\/\/)[^/?#]*@/i;

/** A parameter with its leading delimiter. */
const PART = /[?&;][^?&;]*/g;

/**
 * `/products?access_token=abc` → `/products?access_token=[redacted]`. A parameter whose name contains a percent-encoded
 * character is redacted, too. A URL longer than `maxLoggedUrlLength` is cut: `/products?search=aaa…[+5000 characters]`.
 */
export function withoutSecrets(url: string | undefined): string | undefined {
  if (url === undefined) return undefined;
  // Credentials first: cutting may remove the @ that marks them.
  const withoutCredentials = url.replace(CREDENTIALS, '$1[redacted]@');
  const cutLength = withoutCredentials.length - httpPolicy.maxLoggedUrlLength;
  const shown = cutLength > 0 ? withoutCredentials.slice(0, httpPolicy.maxLoggedUrlLength) : withoutCredentials;
  const clean = SECRET_NAME.test(shown) ? redactParameters(shown) : shown;
  return cutLength > 0 ? `${clean}…[+${cutLength} characters]` : clean;
}

/** A second `?` belongs to the name or value that contains it; the text after it is also checked as a parameter. */
function redactParameters(url: string): string {
  let name = '';
  let isInSecretValue = false;
  return url.replace(PART, (part) => {
    const isContinued = part.startsWith('?');
    if (isContinued && isInSecretValue) return '';
    const nameEnd = part.indexOf('=');
    name = (isContinued ? name : '') + (nameEnd === -1 ? part : part.slice(0, nameEnd));
    isInSecretValue = nameEnd !== -1 && SECRET_NAME.test(name);
    if (nameEnd !== -1) name = '';
    return isInSecretValue ? `${part.slice(0, nameEnd)}=[redacted]` : part;
  });
}
