/**
 * Brings a file of products into the catalogue: record by record, batch by batch, each batch one transaction.
 * Rejected records are reported and skipped. If the import is aborted or killed, the catalogue holds whole batches, and
 * the same import run again does the rest, because what is stored already does not change.
 */
import { Injectable } from '@nestjs/common';
import { CacheVersion } from '@platform/cache';
import { retryOnConflict, runInTransaction } from '@platform/database';
import { Clock } from '@platform/resilience';
import { DataSource } from 'typeorm';
import type { ProductDraft } from '../product-draft';
import { ProductWriteRepository, type BatchOutcome } from '../product-write.repository';
import { columnsOfHeader, columnsWithoutHeader } from './column-mapping';
import { openImportFile, type ImportFileOptions } from './import-file.reader';
import { ImportTally, type ImportSummary, type ReportPaths } from './import-tally.writer';
import { RecordReading, type RecordRules } from './record-reading';

export interface ImportRequest extends RecordRules, ReportPaths, Omit<ImportFileOptions, 'onHeader'> {
  readonly path: string;
  /** Everything is done but committed. */
  readonly isDryRun: boolean;
  /** When what the import changes was changed. */
  readonly nowMs: number;
  /** Ends the import after the batch that is under way. */
  readonly signal: AbortSignal;
  readonly onProgress: (bytesRead: number) => void;
}

/** Large enough that a round trip a batch does not matter, small enough to hold locks for milliseconds. */
const BATCH_SIZE = 500;

/** Caches are invalidated so often while an import runs, so that a killed one leaves little that they do not show. */
const INVALIDATE_EVERY_MS = 1_000;

/** Of a batch that lost a race; two imports of the same products in opposite order need one or two. */
const MAX_REPEATS = 5;

@Injectable()
export class ImportService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly products: ProductWriteRepository,
    private readonly cacheVersion: CacheVersion,
    private readonly clock: Clock,
  ) {}

  /** Throws ImportUsageError if the file is not text, or lacks a column that is needed. */
  async run(request: ImportRequest): Promise<ImportSummary> {
    let reading = new RecordReading(request, columnsWithoutHeader(request.mapping));
    const file = openImportFile(request.path, {
      ...request,
      onHeader: (header) => {
        reading = new RecordReading(request, columnsOfHeader(request.mapping, request.preset?.columns, header));
      },
    });
    const tally = await ImportTally.reportingTo(request);
    const invalidation = new PacedInvalidation(this.cacheVersion, this.clock);
    let drafts: ProductDraft[] = [];
    const storeBatch = async () => {
      const outcome = await this.store(drafts, request);
      drafts = [];
      tally.countStored(outcome);
      request.onProgress(file.bytesRead());
      if (!request.isDryRun) await invalidation.after(outcome);
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
      // Even if nothing has changed: an import that was killed may have stored the same file and not invalidated caches.
      if (!request.isDryRun && tally.summary.read > 0) await this.cacheVersion.invalidate();
      await tally.close();
    }
    return { ...tally.summary, missingColumns: [...reading.missingColumns] };
  }

  private store(drafts: readonly ProductDraft[], request: ImportRequest): Promise<BatchOutcome> {
    return retryOnConflict(MAX_REPEATS, () => this.storeOnce(drafts, request));
  }

  private async storeOnce(drafts: readonly ProductDraft[], { isDryRun, nowMs }: ImportRequest): Promise<BatchOutcome> {
    try {
      return await runInTransaction(this.dataSource, async (manager) => {
        const outcome = await this.products.upsert(manager, drafts, nowMs);
        if (isDryRun) throw new DryRunEnded(outcome);
        return outcome;
      });
    } catch (error) {
      if (error instanceof DryRunEnded) return error.outcome;
      throw error;
    }
  }
}

/** Rolls a batch back that was only tried. */
class DryRunEnded extends Error {
  constructor(readonly outcome: BatchOutcome) {
    super('the dry run of a batch has ended');
  }
}

/** Invalidates caches once a second while batches change something. */
class PacedInvalidation {
  private lastMs: number;
  private isPending = false;

  constructor(
    private readonly cacheVersion: CacheVersion,
    private readonly clock: Clock,
  ) {
    this.lastMs = clock.elapsedMs();
  }

  async after({ created, updated, producers }: BatchOutcome): Promise<void> {
    this.isPending ||= created + updated + producers > 0;
    if (!this.isPending || this.clock.elapsedMs() - this.lastMs < INVALIDATE_EVERY_MS) return;
    this.isPending = false;
    this.lastMs = this.clock.elapsedMs();
    await this.cacheVersion.invalidate();
  }
}
