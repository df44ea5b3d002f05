/**
 * Reads settings from environment variables. All faults are collected, so that an operator can fix them at once.
 * Each variable can be read from a file, as container secrets are: `NAME_FILE` contains the path.
 */

import { isIP } from 'class-validator';

/** Environment variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Exit code for an invalid configuration (sysexits.h). */
export const EX_CONFIG = 78;

export class InvalidConfigurationError extends Error {
  constructor(readonly faults: readonly string[]) {
    super(
      `The configuration has ${faults.length === 1 ? 'a fault' : `${faults.length} faults`}:\n  ${faults.join('\n  ')}`,
    );
    this.name = 'InvalidConfigurationError';
  }
}

/** A variable as the code declares it. */
export interface Variable {
  /** Values that it accepts, such as `1 to 64`; undefined for free text. */
  readonly values: string | undefined;
  /** Undefined if the variable is optional and has no default here. */
  readonly fallback: string | undefined;
}

export class EnvironmentReader {
  /** Every variable that was read, in order. */
  readonly variables = new Map<string, Variable>();
  private readonly faults: string[] = [];

  constructor(
    private readonly environment: Environment,
    private readonly readFile: (path: string) => string,
  ) {}

  text(name: string): string | undefined;
  text(name: string, fallback: string): string;
  text(name: string, fallback?: string): string | undefined {
    return this.read(name, undefined, fallback) ?? fallback;
  }

  /** Returns the path in `NAME_FILE`, for values that may change at run time. */
  fileOf(name: string): string | undefined {
    const path = this.environment[`${name}_FILE`];
    return path === '' ? undefined : path;
  }

  integer(name: string, range: { min: number; max: number }, fallback: number): number;
  integer(name: string, range: { min: number; max: number }): number | undefined;
  integer(name: string, range: { min: number; max: number }, fallback?: number): number | undefined {
    return this.readInteger(name, range, notThis, fallback) ?? fallback;
  }

  /**
   * Reads a port if it is used. In a pod, Kubernetes sets NAME_PORT to a URL for each Service of the namespace.
   * Refusals do not contain the value, which may be a URL with a password.
   */
  port(name: string, fallback: number, isUsed: boolean): number {
    this.declare(name, '1 to 65535', String(fallback));
    if (!isUsed) return fallback;
    if (/^(?:tcp|udp|sctp):/.test(this.environment[name] ?? '')) {
      this.refuse(
        name,
        'is a URL that Kubernetes set for a Service. Set the port, or enableServiceLinks: false for the pod',
      );
      return fallback;
    }
    return this.readInteger(name, { min: 1, max: 65_535 }, () => '', fallback) ?? fallback;
  }

  /** Reads a host name or IP address. Refusals do not contain the value, which may be a URL with a password. */
  host(name: string): string | undefined {
    const text = this.read(name);
    if (text === undefined) return undefined;
    if (isIP(text) || /^[\w.-]+$/.test(text)) return text;
    this.refuse(name, 'must be a host name or IP address; user, password and port have separate variables');
    return undefined;
  }

  choice<const T extends string>(name: string, choices: readonly T[], fallback: T): T {
    const text = this.read(name, choices.join(', '), fallback);
    if (text === undefined) return fallback;
    const found = choices.find((choice) => choice === text);
    if (found === undefined) this.refuse(name, `must be one of ${choices.join(', ')}${notThis(text)}`);
    return found ?? fallback;
  }

  /** Reads items separated by commas or spaces; empty if not set. Refuses a list that contains only separators. */
  list(name: string): string[] {
    const text = this.read(name, 'a list, separated by commas');
    const items = (text ?? '').split(/[\s,]+/).filter((item) => item !== '');
    if (text !== undefined && items.length === 0) this.refuse(name, 'contains only separators');
    return items;
  }

  /** Reads an http(s) URL without user, password and fragment. */
  url(name: string): string | undefined {
    const text = this.read(name, 'an http(s) URL');
    if (text === undefined) return undefined;
    const url = URL.canParse(text) ? new URL(text) : undefined;
    const isPlain =
      url !== undefined && /^https?:$/.test(url.protocol) && url.username + url.password + url.hash === '';
    if (!isPlain) this.refuse(name, 'must be an http(s) URL without user, password and fragment');
    return isPlain ? url.href : undefined;
  }

  /** Reads an http(s) URL to which paths are appended: without a query, and without a trailing slash. */
  baseUrl(name: string): string | undefined {
    const url = this.url(name);
    if (url?.includes('?') === true) this.refuse(name, 'must have no query, because paths are appended to it');
    return url?.replace(/\/$/, '');
  }

  flag(name: string, fallback: boolean): boolean {
    return this.choice(name, ['true', 'false'], fallback ? 'true' : 'false') === 'true';
  }

  refuse(name: string, reason: string): void {
    this.faults.push(`${name} ${reason}`);
  }

  /** Throws InvalidConfigurationError if there are faults. */
  assertNoFaults(): void {
    if (this.faults.length > 0) throw new InvalidConfigurationError(this.faults);
  }

  /** `quote` returns the end of a refusal, which may contain the value. */
  private readInteger(
    name: string,
    { min, max }: { min: number; max: number },
    quote: (text: string) => string,
    fallback: number | undefined,
  ): number | undefined {
    const text = this.read(name, `${min} to ${max}`, fallback === undefined ? undefined : String(fallback));
    if (text === undefined) return undefined;
    const value = /^\d{1,15}$/.test(text) ? Number(text) : NaN;
    if (value >= min && value <= max) return value;
    this.refuse(name, `must be a whole number from ${min} to ${max}${quote(text)}`);
    return undefined;
  }

  /** An empty variable counts as not set, because shells and compose files write `NAME=`. */
  private read(name: string, values?: string, fallback?: string): string | undefined {
    this.declare(name, values, fallback);
    const direct = this.environment[name];
    const path = this.environment[`${name}_FILE`];
    if (!path) return direct === '' ? undefined : direct;
    if (direct) this.refuse(name, `is set twice: directly and by ${name}_FILE`);
    try {
      const text = this.readFile(path).trimEnd();
      if (text === '') this.refuse(`${name}_FILE`, 'refers to an empty file');
      return text || undefined;
    } catch (error) {
      // without the path, which may be the secret itself, set by mistake
      this.refuse(
        `${name}_FILE`,
        `refers to a file that cannot be read (${(error as { code?: string }).code ?? 'error'})`,
      );
      return undefined;
    }
  }

  private declare(name: string, values: string | undefined, fallback: string | undefined): void {
    this.variables.set(name, { values, fallback });
  }
}

/** Matches text that may contain a user and a password. */
const CREDENTIALS = /@|%40|:[^/\d]/;

/** Returns the end of a refusal: `, not "loud"` for `loud`, and nothing for text that may contain a password. */
export function notThis(text: string): string {
  return CREDENTIALS.test(text) ? '' : `, not "${text}"`;
}
