/** Lines that could not be imported, with their number and the reasons, one JSON object a line. Made with the first. */
import { once } from 'node:events';
import { createWriteStream, type WriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';

export interface RejectedLine {
  readonly line: number;
  readonly reasons: readonly string[];
  readonly record?: Readonly<Record<string, string>>;
}

export class RejectFile {
  private stream: WriteStream | undefined;

  constructor(private readonly path: string) {}

  async write(rejected: RejectedLine): Promise<void> {
    this.stream ??= createWriteStream(this.path);
    if (!this.stream.write(`${JSON.stringify(rejected)}\n`)) await once(this.stream, 'drain');
  }

  async close(): Promise<void> {
    if (this.stream === undefined) return;
    this.stream.end();
    await finished(this.stream);
  }
}
