/** A BLOB as its driver gives it: mysql2 a Buffer, which is a window on a larger piece of memory, libsql an ArrayBuffer. */
export type StoredBytes = Uint8Array | ArrayBuffer;

/** Bytes with memory of their own, so that they can be looked at as larger numbers. */
export function toBytes(stored: StoredBytes): Uint8Array {
  return new Uint8Array(stored);
}
