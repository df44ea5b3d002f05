/** One server of a list, as `host`, `host:port`, or `[address]:port` for IPv6. */
export interface ServerAddress {
  readonly host: string;
  readonly port: number;
}

const SHAPE = /^(?:\[([0-9A-Fa-f:.]+)\]|([^\s:[\]?#/,@]+))(?::(\d{1,5}))?$/;

/** Undefined where the text is no such address. */
export function parseServerAddress(text: string, defaultPort: number): ServerAddress | undefined {
  const [, address, name, port] = SHAPE.exec(text) ?? [];
  const host = address ?? name;
  const number = port === undefined ? defaultPort : Number(port);
  return host === undefined || number < 1 || number > 65_535 ? undefined : { host, port: number };
}
