/**
 * Imports a file of products into the catalogue in batches, each in one transaction. Rejected records are reported and
 * skipped. If an import is aborted or killed, the catalogue contains complete batches. Imports are idempotent, so
 * running the same import again stores the rest.
 */
import { CatalogueWriter, ProductWriteRepository, type BatchOutcome, type ProductDraft } from '@catalogue';
import { Injectable } from '@nestjs/common';
import { retryOnConflict, runInTransaction } from '@platform/database';
import { DataSource } from 'typeorm';
import { openImportFile, type ImportFileOptions } from './files/import-file.reader';
import { ImportTally, type ImportSummary, type ReportPaths } from './import-tally.writer';
import { columnsOfHeader, columnsWithoutHeader } from './records/column-mapping';
import { RecordReader, type RecordRules } from './records/record.reader';

export interface ImportRequest extends RecordRules, ReportPaths, Omit<ImportFileOptions, 'onHeader'> {
  readonly path: string;
  /** Rolls every batch back instead of committing it. */
  readonly isDryRun: boolean;
  /** Time of the changes, in ms since 1970. */
  readonly nowMs: number;
  /** Stops the import after the current batch. */
  readonly signal: AbortSignal;
  readonly onProgress: (bytesRead: number) => void;
}

/** Large enough to make the round trips per batch negligible, small enough to hold locks for milliseconds only. */
const BATCH_SIZE = 500;

/** Retries of a batch after a write conflict; two imports of the same products in opposite order need one or two. */
const MAX_RETRIES = 5;

@Injectable()
export class ImportService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly products: ProductWriteRepository,
    private readonly writer: CatalogueWriter,
  ) {}

  /** Throws ImportUsageError if the file is not text or lacks a required column. */
  async run(request: ImportRequest): Promise<ImportSummary> {
    let reading = new RecordReader(request, columnsWithoutHeader(request.mapping));
    const file = openImportFile(request.path, {
      ...request,
      onHeader: (header) => {
        reading = new RecordReader(request, columnsOfHeader(request.mapping, request.preset?.columns, header));
      },
    });
    const tally = await ImportTally.create(request);
    let drafts: ProductDraft[] = [];
    const storeBatch = async () => {
      const outcome = await this.store(drafts, request);
      drafts = [];
      tally.countStored(outcome);
      request.onProgress(file.bytesRead());
    };
    try {
      for await (const record of file.records) {
        if (request.signal.aborted) break;
        const draft = await tally.count(record, 'unreadable' in record ? undefined : reading.read(record.cells));
        if (draft !== undefined) drafts.push(draft);
        if (drafts.length === BATCH_SIZE) await storeBatch();
      }
      if (drafts.length > 0) await storeBatch();
    } finally {
      await tally.close();
    }
    return { ...tally.summary, missingColumns: [...reading.missingColumns] };
  }

  private async store(drafts: readonly ProductDraft[], { isDryRun, nowMs }: ImportRequest): Promise<BatchOutcome> {
    try {
      return await this.writer.write(
        (work) => retryOnConflict(MAX_RETRIES, () => runInTransaction(this.dataSource, work)),
        async (transaction) => {
          const outcome = await this.products.upsert(transaction, drafts, nowMs);
          if (isDryRun) throw new DryRunRollback(outcome);
          return outcome;
        },
      );
    } catch (error) {
      if (error instanceof DryRunRollback) return error.outcome;
      throw error;
    }
  }
}

/** Rolls back a batch of a dry run. */
class DryRunRollback extends Error {
  constructor(readonly outcome: BatchOutcome) {
    super('the batch of a dry run is rolled back');
  }
}
