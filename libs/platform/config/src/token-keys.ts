/** Keys of AES-256: 32 bytes in base64, separated by commas. Undefined where one of them is none. */
export function parseTokenKeys(text: string): Buffer[] | undefined {
  const keys = text
    .split(/[\s,]+/)
    .filter((each) => each !== '')
    .map((each) => Buffer.from(each, 'base64'));
  return keys.every((key) => key.length === 32) ? keys : undefined;
}
