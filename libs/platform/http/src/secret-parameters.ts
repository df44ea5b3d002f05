/**
 * URLs as they may be logged: without the values of secret parameters, and not longer than the policy allows. Every
 * step takes time proportional to the length of the URL, because clients choose what is in it.
 */
import { httpPolicy } from './http.policy';

/** Parts of parameter names whose values are secret; none is ours, but clients put them into URLs. */
const SECRET_NAME = /token|secret|passw|signature|credential|api[_-]?key|auth|jwt|%[0-9a-f]{2}/i;

/** User and password of a URL in absolute form. */
const CREDENTIALS = /^([a-z]+:\/\/)[^/?#]*@/i;

/** From one delimiter to the next. */
const PART = /[?&;][^?&;]*/g;

/**
 * `/products?access_token=abc` → `/products?access_token=[redacted]`. A parameter whose name contains a percent-encoded
 * character is redacted, too. A URL beyond `maxLoggedUrlLength` is cut: `/products?search=aaa…[+5000 characters]`.
 */
export function withoutSecrets(url: string | undefined): string | undefined {
  if (url === undefined) return undefined;
  // Credentials first: cutting may remove the @ that marks them.
  const anonymous = url.replace(CREDENTIALS, '$1[redacted]@');
  const cutLength = anonymous.length - httpPolicy.maxLoggedUrlLength;
  const shown = cutLength > 0 ? anonymous.slice(0, httpPolicy.maxLoggedUrlLength) : anonymous;
  const clean = SECRET_NAME.test(shown) ? redactParameters(shown) : shown;
  return cutLength > 0 ? `${clean}…[+${cutLength} characters]` : clean;
}

/** A `?` after the first belongs to the name or value it is in, but the parameter after it may also be read by itself. */
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
