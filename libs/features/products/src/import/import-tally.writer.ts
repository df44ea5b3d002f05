/** Counts the records of an import, and reports rejects and warnings with their lines. */
import type { ProductDraft } from '../product-draft';
import type { BatchOutcome } from '../product-write.repository';
import type { FileRecord } from './import-file.reader';
import { LineReport } from './line-report.writer';
import type { ReadRecord } from './record-reading';
import { SeenIds } from './seen-ids';

export interface ReportPaths {
  readonly rejectPath: string;
  /** Of records that were stored. */
  readonly warningPath: string;
}

/** `read = created + updated + unchanged + repeated + rejected` */
export interface ImportSummary {
  readonly read: number;
  readonly created: number;
  readonly updated: number;
  readonly unchanged: number;
  /** Records with the id of an earlier one. The last record of an id counts. */
  readonly repeated: number;
  readonly rejected: number;
  /** Rows of an export that are no products for sale; not counted as read. */
  readonly skipped: number;
  readonly warnings: number;
  /** Columns that were mapped and that no record has. */
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
  /** In the batch that is not stored yet. */
  private newIds: string[] = [];

  private constructor(
    private readonly rejects: LineReport,
    private readonly warnings: LineReport,
  ) {}

  static async reportingTo({ rejectPath, warningPath }: ReportPaths): Promise<ImportTally> {
    return new ImportTally(await LineReport.at(rejectPath), await LineReport.at(warningPath));
  }

  /** `result` is undefined if the record is unreadable. Returns what is to be stored. */
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

  /** Of the batch that `count` returned since the last time. */
  countStored({ outcomes }: BatchOutcome): void {
    for (const id of this.newIds) this.summary[outcomes.get(id) ?? 'unchanged'] += 1;
    this.newIds = [];
  }

  async close(): Promise<void> {
    await this.rejects.close();
    await this.warnings.close();
  }

  private async countDraft(line: number, { draft, warnings }: Extract<ReadRecord, { draft: ProductDraft }>) {
    const { externalId: id } = draft;
    const isNew = this.seen.add(id);
    if (isNew) this.newIds.push(id);
    else this.summary.repeated += 1;
    const all = isNew ? warnings : [...warnings, REPEATED];
    this.summary.warnings += all.length;
    if (all.length > 0) await this.warnings.write({ line, id, warnings: all });
    return draft;
  }
}

const REPEATED = 'the id was on an earlier line, too; the last line counts';
