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
])('%s is logged as %s', (url, logged) => {
  expect(withoutSecrets(url)).toBe(logged);
});
