/** A BLOB as its driver gives it: mysql2 a window on a larger piece of memory, libsql an ArrayBuffer. */
export type StoredBytes = Uint8Array | ArrayBuffer;

/** The bytes where they are: copying all that a query reads would cost more than looking at it. */
export function viewOf(stored: StoredBytes): DataView {
  return stored instanceof Uint8Array
    ? new DataView(stored.buffer, stored.byteOffset, stored.byteLength)
    : new DataView(stored);
}
