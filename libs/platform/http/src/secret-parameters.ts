/** Parameters whose names say that nobody should read them; none is ours, but clients put them into addresses. */
const NAME = '(?:token|secret|passw|signature|credential|api[_-]?key|auth|jwt|%[0-9a-f]{2})';
const MAY_HOLD_ONE = new RegExp(`${NAME}|@`, 'i');
const SECRET = new RegExp(`([?&;][^=&;]*${NAME}[^=&;]*=)[^&;]*`, 'gi');

/** User and password of an address in its absolute form. */
const CREDENTIALS = /^([a-z]+:\/\/)[^/?#]*@/i;

/** `/products?access_token=abc` → `/products?access_token=[redacted]`; so is a parameter whose name is written in escapes. */
export function withoutSecrets(url: string | undefined): string | undefined {
  if (url === undefined || !MAY_HOLD_ONE.test(url)) return url;
  return url.replace(SECRET, '$1[redacted]').replace(CREDENTIALS, '$1[redacted]@');
}
