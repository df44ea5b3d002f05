import { toNamespace } from './namespace';

describe('the namespace of a database', () => {
  const original = { value: 'a'.repeat(32), databaseName: 'farmlokal' };

  it('is 16 hexadecimal digits, the same every time', () => {
    expect(toNamespace(original)).toMatch(/^[0-9a-f]{16}$/);
    expect(toNamespace({ ...original })).toBe(toNamespace(original));
  });

  it('differs by value and by name', () => {
    const others = [
      { ...original, value: 'b'.repeat(32) },
      { ...original, databaseName: 'farmlokal_copy' },
      { ...original, databaseName: null },
    ];
    expect(new Set([original, ...others].map(toNamespace)).size).toBe(4);
  });
});
