import type { ApplicationError } from '@platform/errors';
import { requestIdFrom } from './request-id';
import { assertReadableUrl } from './request-url';

function problemOf(url: string): Pick<ApplicationError, 'faults'> & { code: string } {
  try {
    assertReadableUrl(url);
  } catch (error) {
    const { faults, definition } = error as ApplicationError;
    return { faults, code: definition.code };
  }
  return { faults: [], code: 'none' };
}

describe('request URL', () => {
  it.each(['/products', '/products?', '/products?search=a%26b&x', '/products?search=%E0%A4%86'])(
    'percent-encoding: %s is accepted',
    (url) => {
      expect(problemOf(url).code).toBe('none');
    },
  );

  it.each(['/products?search=%', '/products?search=%zz', '/products?search=%ED%A0%80', '/products?search=%ff'])(
    'percent-encoding: %s is refused with the name of its parameter',
    (url) => {
      const { code, faults } = problemOf(url);
      expect(code).toBe('invalid-parameters');
      expect(faults).toEqual([
        { parameter: 'search', code: 'malformed-encoding', detail: 'search is not valid percent-encoded UTF-8' },
      ]);
    },
  );

  it('URL length: a URL that is too long is refused with the name of its longest parameter', () => {
    const { code, faults } = problemOf(`/products?sort=price&search=${'a'.repeat(9_000)}`);
    expect(code).toBe('address-too-long');
    expect(faults).toMatchObject([{ parameter: 'search' }]);
  });
});

describe('X-Request-Id', () => {
  it.each(['a', 'A-1_b.c', 'x'.repeat(64)])('request id: %s is accepted', (id) => {
    expect(requestIdFrom(id, () => 'generated')).toBe(id);
  });

  it.each([undefined, '', 'x'.repeat(65), 'a b', 'a\nb', 'é', ['a', 'b']])('request id: %j is replaced', (id) => {
    expect(requestIdFrom(id, () => 'generated')).toBe('generated');
  });
});
