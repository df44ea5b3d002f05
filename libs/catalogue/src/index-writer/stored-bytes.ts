/** A BLOB as its driver returns it: mysql2 a view of a larger buffer, libsql an ArrayBuffer. */
export type StoredBytes = Uint8Array | ArrayBuffer;

/** Returns a view without copying: copying all bytes of a query would cost more than reading them. */
export function viewOf(stored: StoredBytes): DataView {
  return stored instanceof Uint8Array
    ? new DataView(stored.buffer, stored.byteOffset, stored.byteLength)
    : new DataView(stored);
}
