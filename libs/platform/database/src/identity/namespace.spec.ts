import { toNamespace } from './namespace';

describe('database namespace', () => {
  const original = { value: 'a'.repeat(32), databaseName: 'farmlokal' };

  it('namespace: equal identities have the same namespace of 16 hexadecimal digits', () => {
    expect(toNamespace(original)).toMatch(/^[0-9a-f]{16}$/);
    expect(toNamespace({ ...original })).toBe(toNamespace(original));
  });

  it('namespace: identities that differ in value or database name have different namespaces', () => {
    const others = [
      { ...original, value: 'b'.repeat(32) },
      { ...original, databaseName: 'farmlokal_copy' },
      { ...original, databaseName: null },
    ];
    expect(new Set([original, ...others].map(toNamespace)).size).toBe(4);
  });
});
