/**
 * Brings a file of products into the catalogue: record by record, batch by batch, each batch one transaction.
 * Bad lines are written to a reject file and skipped. Aborted or killed, the catalogue holds whole batches, and the
 * same import run again does the rest, because what is there already does not change.
 */
import { Injectable } from '@nestjs/common';
import { CacheVersion } from '@platform/cache';
import { repeatLostRaces, transact } from '@platform/database';
import { Clock } from '@platform/resilience';
import { DataSource } from 'typeorm';
import type { ProductDraft } from '../product-draft';
import { ProductWriteRepository, type BatchOutcome } from '../product-write.repository';
import { applyMapping, assertColumnsSuffice, type ColumnMapping } from './column-mapping';
import { openImportFile, type FileRecord, type ImportFormat } from './import-file.reader';
import { toDraft } from './product-record';
import { RejectFile, type RejectedLine } from './reject-file.writer';

export interface ImportRequest {
  readonly path: string;
  readonly format: ImportFormat;
  readonly mapping: ColumnMapping;
  readonly rejectPath: string;
  /** Everything is done but committed. */
  readonly isDryRun: boolean;
  /** When what the import changes was changed. */
  readonly nowMs: number;
  /** Ends the import after the batch that is under way. */
  readonly signal: AbortSignal;
  readonly onProgress: (bytesRead: number) => void;
}

export interface ImportSummary extends BatchOutcome {
  readonly read: number;
  readonly rejected: number;
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

  /** Throws ImportUsageError where the file lacks a column that is needed. */
  async run(request: ImportRequest): Promise<ImportSummary> {
    const rejects = await RejectFile.at(request.rejectPath);
    const file = openImportFile(request.path, request.format, (header) =>
      assertColumnsSuffice(request.mapping, header),
    );
    const total = { read: 0, created: 0, updated: 0, unchanged: 0, producers: 0, rejected: 0 };
    const batch: ProductDraft[] = [];
    let invalidatedAtMs = this.clock.elapsedMs();
    let needsInvalidation = false;
    const store = async () => {
      const outcome = await this.store(batch.splice(0), request);
      total.created += outcome.created;
      total.updated += outcome.updated;
      total.unchanged += outcome.unchanged;
      total.producers += outcome.producers;
      request.onProgress(file.bytesRead());
      needsInvalidation ||= outcome.created + outcome.updated + outcome.producers > 0;
      if (request.isDryRun || !needsInvalidation) return;
      if (this.clock.elapsedMs() - invalidatedAtMs < INVALIDATE_EVERY_MS) return;
      needsInvalidation = false;
      invalidatedAtMs = this.clock.elapsedMs();
      await this.cacheVersion.bump();
    };
    try {
      for await (const record of file.records) {
        if (request.signal.aborted) break;
        total.read += 1;
        const result = readRecord(record, request.mapping);
        if ('draft' in result) batch.push(result.draft);
        else {
          total.rejected += 1;
          await rejects.write(result);
        }
        if (batch.length === BATCH_SIZE) await store();
      }
      if (batch.length > 0) await store();
    } finally {
      // Even if nothing has changed: an import that was killed may have stored the same file and not invalidated caches.
      if (!request.isDryRun && total.read > 0) await this.cacheVersion.bump();
      await rejects.close();
    }
    return total;
  }

  private store(drafts: readonly ProductDraft[], request: ImportRequest): Promise<BatchOutcome> {
    return repeatLostRaces(MAX_REPEATS, () => this.storeOnce(drafts, request));
  }

  private async storeOnce(drafts: readonly ProductDraft[], { isDryRun, nowMs }: ImportRequest): Promise<BatchOutcome> {
    try {
      return await transact(this.dataSource, async (manager) => {
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

function readRecord(record: FileRecord, mapping: ColumnMapping): { draft: ProductDraft } | RejectedLine {
  if ('unreadable' in record) return { line: record.line, reasons: [record.unreadable] };
  const result = toDraft(applyMapping(mapping, record.cells));
  return 'draft' in result ? result : { line: record.line, reasons: result.reasons, record: record.cells };
}
