import type { ApplicationError } from '@platform/errors';
import { assertReadableAddress } from './request-address';
import { requestIdFrom } from './request-id';

function problemOf(url: string): Pick<ApplicationError, 'faults'> & { code: string } {
  try {
    assertReadableAddress(url);
  } catch (error) {
    const { faults, definition } = error as ApplicationError;
    return { faults, code: definition.code };
  }
  return { faults: [], code: 'none' };
}

describe('the address of a request', () => {
  it.each(['/products', '/products?', '/products?search=a%26b&x', '/products?search=%E0%A4%86'])(
    '%s is readable',
    (url) => {
      expect(problemOf(url).code).toBe('none');
    },
  );

  it.each(['/products?search=%', '/products?search=%zz', '/products?search=%ED%A0%80', '/products?search=%ff'])(
    '%s is refused, by the name of its parameter',
    (url) => {
      const { code, faults } = problemOf(url);
      expect(code).toBe('invalid-parameters');
      expect(faults).toEqual([
        { parameter: 'search', code: 'malformed-encoding', detail: 'search is not valid percent-encoded UTF-8' },
      ]);
    },
  );

  it('is refused when it is too long, by the name of its longest parameter', () => {
    const { code, faults } = problemOf(`/products?sort=price&search=${'a'.repeat(9_000)}`);
    expect(code).toBe('address-too-long');
    expect(faults).toMatchObject([{ parameter: 'search' }]);
  });
});

describe('a request id', () => {
  it.each(['a', 'A-1_b.c', 'x'.repeat(64)])('%s is taken over', (id) => {
    expect(requestIdFrom(id, () => 'made')).toBe(id);
  });

  it.each([undefined, '', 'x'.repeat(65), 'a b', 'a\nb', 'é', ['a', 'b']])('%j is replaced', (id) => {
    expect(requestIdFrom(id, () => 'made')).toBe('made');
  });
});
