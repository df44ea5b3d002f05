/** Writes findings about lines of an import file as NDJSON. The first finding creates the file. */
import { open, rm, type FileHandle } from 'node:fs/promises';

export interface LineFinding {
  readonly line: number;
  readonly [detail: string]: unknown;
}

export class LineReport {
  private file: FileHandle | undefined;

  private constructor(private readonly path: string) {}

  /** Deletes the report of an earlier import at this path. */
  static async create(path: string): Promise<LineReport> {
    await rm(path, { force: true });
    return new LineReport(path);
  }

  async write(finding: LineFinding): Promise<void> {
    this.file ??= await open(this.path, 'w');
    await this.file.write(`${JSON.stringify(finding)}\n`);
  }

  async close(): Promise<void> {
    await this.file?.close();
  }
}
