/**
 * Reads settings out of environment variables and collects every fault instead of stopping at the first,
 * so that an operator mends a wrong configuration in one go.
 * Every variable may come from a file instead: `NAME_FILE` holds its path (the way of container secrets).
 */

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
    const text = this.read(name);
    if (text === undefined) return fallback;
    const value = /^\d{1,15}$/.test(text) ? Number(text) : NaN;
    if (value >= range.min && value <= range.max) return value;
    this.refuse(name, `must be a whole number from ${range.min} to ${range.max}, not "${text}"`);
    return fallback;
  }

  choice<const T extends string>(name: string, choices: readonly T[], fallback: T): T {
    const text = this.read(name);
    if (text === undefined) return fallback;
    const found = choices.find((choice) => choice === text);
    if (found === undefined) this.refuse(name, `must be one of ${choices.join(', ')}, not "${text}"`);
    return found ?? fallback;
  }

  /** Items separated by commas or spaces; none where it is not set. */
  list(name: string): string[] {
    return (this.read(name) ?? '').split(/[\s,]+/).filter((item) => item !== '');
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

  /** An empty variable counts as not set: `NAME=` is how a shell or a compose file says "none". */
  private read(name: string): string | undefined {
    this.names.add(name);
    const direct = this.environment[name];
    const path = this.environment[`${name}_FILE`];
    if (!path) return direct === '' ? undefined : direct;
    if (direct) this.refuse(name, `is given twice: directly and by ${name}_FILE`);
    try {
      return this.readFile(path).trimEnd() || undefined;
    } catch {
      this.refuse(`${name}_FILE`, `names a file that cannot be read: ${path}`);
      return undefined;
    }
  }
}
