import { withoutSecrets } from './secret-parameters';

it.each([
  ['/products?access_token=abc&limit=5', '/products?access_token=[redacted]&limit=5'],
  ['/products?limit=5&API-KEY=abc', '/products?limit=5&API-KEY=[redacted]'],
  ['/a?client_secret=a%26b', '/a?client_secret=[redacted]'],
  ['/a?X-Amz-Signature=a=b', '/a?X-Amz-Signature=[redacted]'],
  ['/a?password', '/a?password'],
  ['/products?search=token', '/products?search=token'],
  ['/token/abc', '/token/abc'],
])('%s is logged as %s', (url, logged) => {
  expect(withoutSecrets(url)).toBe(logged);
});
