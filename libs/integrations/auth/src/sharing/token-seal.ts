/**
 * Encryption of shared tokens: read access to Redis does not reveal a token. Associated data binds a token to its Redis
 * key, so that it cannot be moved to another. AES-256-GCM (NIST SP 800-38D) with a random nonce for each token.
 */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

export function seal(text: string, key: Buffer, boundTo: string): string {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES }).setAAD(Buffer.from(boundTo));
  const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64url');
}

/** Returns undefined if none of the keys decrypts it. */
export function open(sealed: string, keys: readonly Buffer[], boundTo: string): string | undefined {
  const bytes = Buffer.from(sealed, 'base64url');
  if (bytes.length < NONCE_BYTES + TAG_BYTES) return undefined;
  for (const key of keys) {
    const text = tryKey(bytes, key, boundTo);
    if (text !== undefined) return text;
  }
  return undefined;
}

/** Derives a key that all replicas with the same secret share (HKDF, RFC 5869). */
export function keyFromSecret(secret: string, tokenKey: string): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, tokenKey, 'farmlokal shared token', 32));
}

function tryKey(bytes: Buffer, key: Buffer, boundTo: string): string | undefined {
  const nonce = bytes.subarray(0, NONCE_BYTES);
  const tag = bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES);
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES });
  decipher.setAAD(Buffer.from(boundTo)).setAuthTag(tag);
  try {
    const text = decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES));
    return Buffer.concat([text, decipher.final()]).toString('utf8');
  } catch {
    return undefined;
  }
}
