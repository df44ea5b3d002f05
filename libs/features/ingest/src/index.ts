export type { ImportFormat } from './files/import-file.reader';
export type { ImportSummary } from './import-tally.writer';
export { ImportService } from './import.service';
export { IngestModule } from './ingest.module';
export { ImportUsageError, parseAssignments } from './records/column-mapping';
export { importPresets, type PresetName } from './records/import-presets';
export type { DecimalMark } from './records/local-numbers';
