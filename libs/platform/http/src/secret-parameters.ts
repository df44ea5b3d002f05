/** Parameters whose names say that nobody should read them; none is ours, but clients put them into addresses. */
const SECRET = /([?&][^=&]*(?:token|secret|password|passwd|signature|credential|api[_-]?key|authorization)[^=&]*=)[^&]*/gi;

/** `/products?access_token=abc` → `/products?access_token=[redacted]` */
export function withoutSecrets(url: string | undefined): string | undefined {
  return url?.includes('?') === true ? url.replace(SECRET, '$1[redacted]') : url;
}
