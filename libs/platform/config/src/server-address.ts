/** Server of a list: `host`, `host:port`, or `[ip]:port` for IPv6. */
export interface ServerAddress {
  readonly host: string;
  readonly port: number;
}

const SHAPE = /^(?:\[([0-9A-Fa-f:.]+)\]|([^\s:[\]?#/,@]+))(?::(\d{1,5}))?$/;

/** `db-2:3307` → `{ host: 'db-2', port: 3307 }`; undefined for invalid text. */
export function parseServerAddress(text: string, defaultPort: number): ServerAddress | undefined {
  const [, address, name, port] = SHAPE.exec(text) ?? [];
  const host = address ?? name;
  const number = port === undefined ? defaultPort : Number(port);
  return host === undefined || number < 1 || number > 65_535 ? undefined : { host, port: number };
}
