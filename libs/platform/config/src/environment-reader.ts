/**
 * Reads settings out of environment variables and collects every fault instead of stopping at the first,
 * so that an operator mends a wrong configuration in one go.
 * Every variable may come from a file instead: `NAME_FILE` holds its path (the way of container secrets).
 */

import { isIP } from 'class-validator';

/** A plain name-value view of the environment. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Exit code of a process whose configuration is wrong (sysexits.h). */
export const EX_CONFIG = 78;

export class InvalidConfigurationError extends Error {
  constructor(readonly faults: readonly string[]) {
    super(
      `The configuration has ${faults.length === 1 ? 'a fault' : `${faults.length} faults`}:\n  ${faults.join('\n  ')}`,
    );
    this.name = 'InvalidConfigurationError';
  }
}

export class EnvironmentReader {
  readonly names = new Set<string>();
  private readonly faults: string[] = [];

  constructor(
    private readonly environment: Environment,
    private readonly readFile: (path: string) => string,
  ) {}

  text(name: string): string | undefined;
  text(name: string, fallback: string): string;
  text(name: string, fallback?: string): string | undefined {
    return this.read(name) ?? fallback;
  }

  /** The path that `NAME_FILE` gives, for what may change while the service runs. */
  fileOf(name: string): string | undefined {
    const path = this.environment[`${name}_FILE`];
    return path === '' ? undefined : path;
  }

  integer(name: string, range: { min: number; max: number }, fallback: number): number;
  integer(name: string, range: { min: number; max: number }): number | undefined;
  integer(name: string, range: { min: number; max: number }, fallback?: number): number | undefined {
    return this.readInteger(name, range, notThis) ?? fallback;
  }

  /**
   * The port of something that may not be in use; then the variable is not read. In a pod, Kubernetes sets NAME_PORT to a
   * URL for each Service of its namespace. A value that is no port is not shown: it may be a URL with a password.
   */
  port(name: string, fallback: number, isUsed: boolean): number {
    this.names.add(name);
    if (!isUsed) return fallback;
    if (/^(?:tcp|udp|sctp):/.test(this.environment[name] ?? '')) {
      this.refuse(
        name,
        'is a URL set by Kubernetes for a Service; set the port, or enableServiceLinks: false for the pod',
      );
      return fallback;
    }
    return this.readInteger(name, { min: 1, max: 65_535 }, () => '') ?? fallback;
  }

  /** The name or address of one server. A value that is none is not shown: it may be a URL with a password. */
  host(name: string): string | undefined {
    const text = this.read(name);
    if (text === undefined) return undefined;
    if (isIP(text) || /^[\w.-]+$/.test(text)) return text;
    this.refuse(
      name,
      'must be the name or address of a server alone; user, password and port have variables of their own',
    );
    return undefined;
  }

  choice<const T extends string>(name: string, choices: readonly T[], fallback: T): T {
    const text = this.read(name);
    if (text === undefined) return fallback;
    const found = choices.find((choice) => choice === text);
    if (found === undefined) this.refuse(name, `must be one of ${choices.join(', ')}${notThis(text)}`);
    return found ?? fallback;
  }

  /** Items separated by commas or spaces; none if it is not set. A list of separators alone is a fault, as an empty secret is. */
  list(name: string): string[] {
    const text = this.read(name);
    const items = (text ?? '').split(/[\s,]+/).filter((item) => item !== '');
    if (text !== undefined && items.length === 0) this.refuse(name, 'has separators and nothing between them');
    return items;
  }

  /** An http(s) address without what has no place in one that is configured. */
  url(name: string): string | undefined {
    const text = this.read(name);
    if (text === undefined) return undefined;
    const url = URL.canParse(text) ? new URL(text) : undefined;
    const isPlain =
      url !== undefined && /^https?:$/.test(url.protocol) && url.username + url.password + url.hash === '';
    if (!isPlain) this.refuse(name, 'must be an http(s) address without user, password and fragment');
    return isPlain ? url.href : undefined;
  }

  /** An http(s) address that paths are appended to: without a query, and without a slash at its end. */
  baseUrl(name: string): string | undefined {
    const url = this.url(name);
    if (url?.includes('?') === true) this.refuse(name, 'must have no query: paths are put behind it');
    return url?.replace(/\/$/, '');
  }

  flag(name: string, fallback: boolean): boolean {
    return this.choice(name, ['true', 'false'], fallback ? 'true' : 'false') === 'true';
  }

  refuse(name: string, reason: string): void {
    this.faults.push(`${name} ${reason}`);
  }

  /** Throws InvalidConfigurationError with all faults, or does nothing. */
  assertNoFaults(): void {
    if (this.faults.length > 0) throw new InvalidConfigurationError(this.faults);
  }

  /** `quote` returns the end of a refusal, in which the value may be shown. */
  private readInteger(
    name: string,
    { min, max }: { min: number; max: number },
    quote: (text: string) => string,
  ): number | undefined {
    const text = this.read(name);
    if (text === undefined) return undefined;
    const value = /^\d{1,15}$/.test(text) ? Number(text) : NaN;
    if (value >= min && value <= max) return value;
    this.refuse(name, `must be a whole number from ${min} to ${max}${quote(text)}`);
    return undefined;
  }

  /** An empty variable counts as not set: `NAME=` is how a shell or a compose file says "none". */
  private read(name: string): string | undefined {
    this.names.add(name);
    const direct = this.environment[name];
    const path = this.environment[`${name}_FILE`];
    if (!path) return direct === '' ? undefined : direct;
    if (direct) this.refuse(name, `is given twice: directly and by ${name}_FILE`);
    try {
      const text = this.readFile(path).trimEnd();
      if (text === '') this.refuse(`${name}_FILE`, 'names a file that is empty');
      return text || undefined;
    } catch (error) {
      // the path is not shown: it may be the secret itself, given by mistake
      this.refuse(`${name}_FILE`, `names a file that cannot be read (${(error as { code?: string }).code ?? 'error'})`);
      return undefined;
    }
  }
}

/** What may be a user and a password, or the end of them. */
const CREDENTIALS = /@|%40|:[^/\d]/;

/** The end of a refusal, with the value unless it may hold a password. */
export function notThis(text: string): string {
  return CREDENTIALS.test(text) ? '' : `, not "${text}"`;
}
