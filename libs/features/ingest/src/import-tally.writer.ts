/** Counts the records of an import and writes reports of rejected records and warnings, with line numbers. */
import type { BatchOutcome, ProductDraft } from '@catalogue';
import type { FileRecord } from './files/import-file.reader';
import { LineReport } from './line-report.writer';
import type { ReadRecord } from './records/record.reader';
import { SeenIds } from './records/seen-ids';

export interface ReportPaths {
  readonly rejectPath: string;
  /** Report of the warnings about stored records. */
  readonly warningPath: string;
}

/** `read = created + updated + unchanged + repeated + rejected` */
export interface ImportSummary {
  readonly read: number;
  readonly created: number;
  readonly updated: number;
  readonly unchanged: number;
  /** Records with the id of an earlier one. The last record of an id is stored. */
  readonly repeated: number;
  readonly rejected: number;
  /** Rows of an export that are not products for sale; not included in `read`. */
  readonly skipped: number;
  readonly warnings: number;
  /** Mapped columns that no record has. */
  readonly missingColumns: readonly string[];
}

export class ImportTally {
  readonly summary = {
    read: 0,
    created: 0,
    updated: 0,
    unchanged: 0,
    repeated: 0,
    rejected: 0,
    skipped: 0,
    warnings: 0,
  };
  private readonly seen = new SeenIds();
  /** Ids of the current batch, without repeated ones. */
  private batchIds: string[] = [];

  private constructor(
    private readonly rejects: LineReport,
    private readonly warnings: LineReport,
  ) {}

  static async create({ rejectPath, warningPath }: ReportPaths): Promise<ImportTally> {
    return new ImportTally(await LineReport.create(rejectPath), await LineReport.create(warningPath));
  }

  /** Counts a record and returns its draft if it is to be stored. `result` is undefined if the record is unreadable. */
  async count(record: FileRecord, result: ReadRecord | undefined): Promise<ProductDraft | undefined> {
    if (result === 'skipped') {
      this.summary.skipped += 1;
      return undefined;
    }
    this.summary.read += 1;
    if (result !== undefined && 'draft' in result) return this.countDraft(record.line, result);
    this.summary.rejected += 1;
    if ('cells' in record)
      await this.rejects.write({ line: record.line, reasons: result?.reasons, record: record.cells });
    else await this.rejects.write({ line: record.line, reasons: [record.unreadable] });
    return undefined;
  }

  /** Counts the outcomes of the current batch. */
  countStored({ outcomes }: BatchOutcome): void {
    for (const id of this.batchIds) this.summary[outcomes.get(id) ?? 'unchanged'] += 1;
    this.batchIds = [];
  }

  async close(): Promise<void> {
    await this.rejects.close();
    await this.warnings.close();
  }

  private async countDraft(line: number, { draft, warnings }: Extract<ReadRecord, { draft: ProductDraft }>) {
    const { externalId: id } = draft;
    const isNew = this.seen.add(id);
    if (isNew) this.batchIds.push(id);
    else this.summary.repeated += 1;
    const all = isNew ? warnings : [...warnings, REPEATED];
    this.summary.warnings += all.length;
    if (all.length > 0) await this.warnings.write({ line, id, warnings: all });
    return draft;
  }
}

const REPEATED = 'the id repeats that of an earlier line; the last line is stored';
