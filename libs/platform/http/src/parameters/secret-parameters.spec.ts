import { runInNewContext } from 'node:vm';
import { httpPolicy } from '../http.policy';
import { withoutSecrets } from './secret-parameters';

it.each([
  ['/products?access_token=abc&limit=5', '/products?access_token=[redacted]&limit=5'],
  ['/products?limit=5&API-KEY=abc', '/products?limit=5&API-KEY=[redacted]'],
  ['/a?client_secret=a%26b', '/a?client_secret=[redacted]'],
  ['/a?X-Amz-Signature=a=b', '/a?X-Amz-Signature=[redacted]'],
  ['/a?password', '/a?password'],
  ['/a?x=1;jwt=abc', '/a?x=1;jwt=[redacted]'],
  ['/a?%74oken=abc', '/a?%74oken=[redacted]'],
  ['http://user:pass@host/a?b=c@d', 'http://[redacted]@host/a?b=c@d'],
  ['/products?search=%E0%A4%86%E0%A4%AE', '/products?search=%E0%A4%86%E0%A4%AE'],
  ['/products?search=token', '/products?search=token'],
  ['/token/abc', '/token/abc'],
  ['/a?x=1?token=abc', '/a?x=1?token=[redacted]'],
  ['/a?jwt=abc?def=1&b=2', '/a?jwt=[redacted]&b=2'],
  ['/a?token?x=abc', '/a?token?x=[redacted]'],
])('redaction: %s is logged as %s', (url, logged) => {
  expect(withoutSecrets(url)).toBe(logged);
});

describe('URL longer than the limit for logs', () => {
  const maxLength = httpPolicy.maxLoggedUrlLength;

  it('truncation: a long URL is cut, and the log contains the number of characters removed', () => {
    const url = `/products?search=${'a'.repeat(5_000)}`;
    expect(withoutSecrets(url)).toBe(`${url.slice(0, maxLength)}…[+${url.length - maxLength} characters]`);
    expect(withoutSecrets('/'.repeat(maxLength))).toHaveLength(maxLength);
  });

  it('redaction: a URL that is cut within a secret does not contain any of it', () => {
    expect(withoutSecrets(`/a?${'b'.repeat(maxLength - 20)}&token=hidden${'x'.repeat(100)}`)).not.toContain('hidden');
    expect(withoutSecrets(`http://user:hidden${'x'.repeat(maxLength)}@host/`)).not.toContain('hidden');
  });
});

it('ReDoS: redaction takes time proportional to the length of a hostile URL', () => {
  // A backtracking expression took 13 s for the first URL, which has an eighth of the maximum length.
  for (const url of [
    `/products?${'?'.repeat(4_000)}${'jwt'.repeat(1_330)}`,
    `/products?${'?'.repeat(32_000)}${'jwt'.repeat(10_000)}`,
    `/products?${'?jwt'.repeat(16_000)}`,
    `/products?${'jwt=?'.repeat(16_000)}`,
    `a://${'@'.repeat(64_000)}/`,
  ]) {
    expect(runInNewContext('redact(url)', { redact: withoutSecrets, url }, { timeout: 5_000 })).not.toHaveLength(0);
  }
});
