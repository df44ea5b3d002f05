import { assert, property, string, uint8Array } from 'fast-check';
import { keyFromSecret, open, seal } from './token-seal';

const keys = uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes));

describe('a sealed token', () => {
  it('is opened by its key alone, and where it belongs alone', () => {
    assert(
      property(string(), keys, keys, string(), (text, key, other, place) => {
        const sealed = seal(text, key, place);
        expect(open(sealed, [key], place)).toBe(text);
        expect(open(sealed, [other, key], place)).toBe(text);
        expect(open(sealed, [key], `${place}.`)).toBeUndefined();
        if (!other.equals(key)) expect(open(sealed, [other], place)).toBeUndefined();
      }),
    );
  });

  it('looks different each time, and does not survive a changed byte', () => {
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

  it('has a key that follows from the secret and from what the token is for', () => {
    expect(keyFromSecret('secret', 'key')).toEqual(keyFromSecret('secret', 'key'));
    expect(keyFromSecret('secret', 'key')).toHaveLength(32);
    expect(keyFromSecret('secret', 'other')).not.toEqual(keyFromSecret('secret', 'key'));
    expect(keyFromSecret('another', 'key')).not.toEqual(keyFromSecret('secret', 'key'));
  });
});
