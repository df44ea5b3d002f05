import { assert, property, string, uint8Array } from 'fast-check';
import { keyFromSecret, open, seal } from './token-seal';

const keys = uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes));

describe('sealed token', () => {
  it('AES-256-GCM: a token decrypts only with its key and its associated data', () => {
    assert(
      property(string(), keys, keys, string(), (text, key, other, associatedData) => {
        const sealed = seal(text, key, associatedData);
        expect(open(sealed, [key], associatedData)).toBe(text);
        expect(open(sealed, [other, key], associatedData)).toBe(text);
        expect(open(sealed, [key], `${associatedData}.`)).toBeUndefined();
        if (!other.equals(key)) expect(open(sealed, [other], associatedData)).toBeUndefined();
      }),
    );
  });

  it('AES-256-GCM: each ciphertext differs, and a ciphertext with a changed byte does not decrypt', () => {
    const key = keyFromSecret('secret', 'key');
    const sealed = Buffer.from(seal('token', key, 'here'), 'base64url');
    expect(seal('token', key, 'here')).not.toBe(sealed.toString('base64url'));
    for (let at = 0; at < sealed.length; at++) {
      const changed = Buffer.from(sealed);
      changed.writeUInt8(sealed.readUInt8(at) ^ 1, at);
      expect(open(changed.toString('base64url'), [key], 'here')).toBeUndefined();
    }
    for (const nonsense of ['', 'x', 'not base64 at all!']) expect(open(nonsense, [key], 'here')).toBeUndefined();
  });

  it('key derivation: a key depends on the secret and on the cache key', () => {
    expect(keyFromSecret('secret', 'key')).toEqual(keyFromSecret('secret', 'key'));
    expect(keyFromSecret('secret', 'key')).toHaveLength(32);
    expect(keyFromSecret('secret', 'other')).not.toEqual(keyFromSecret('secret', 'key'));
    expect(keyFromSecret('another', 'key')).not.toEqual(keyFromSecret('secret', 'key'));
  });
});
