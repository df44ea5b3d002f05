/** Lines that could not be imported, with their number and the reasons, one JSON object a line. Made with the first. */
import { open, rm, type FileHandle } from 'node:fs/promises';

export interface RejectedLine {
  readonly line: number;
  readonly reasons: readonly string[];
  readonly record?: Readonly<Record<string, string>>;
}

export class RejectFile {
  private file: FileHandle | undefined;

  private constructor(private readonly path: string) {}

  /** Removes what an earlier import left at this path. */
  static async at(path: string): Promise<RejectFile> {
    await rm(path, { force: true });
    return new RejectFile(path);
  }

  async write(rejected: RejectedLine): Promise<void> {
    this.file ??= await open(this.path, 'w');
    await this.file.write(`${JSON.stringify(rejected)}\n`);
  }

  async close(): Promise<void> {
    await this.file?.close();
  }
}
