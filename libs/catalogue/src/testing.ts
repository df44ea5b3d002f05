/** Parts of the catalogue that tests use directly. */
export { changeLogPolicy } from './change-log/change-log.policy';
export { ChangeLogMetrics } from './change-log/change-log-metrics.service';
export { ChangeLogReader } from './change-log/change-log.reader';
export { ChangeLogRepository } from './change-log/change-log.repository';
export { ChangePositions } from './change-log/change-positions.service';
export { ChangeLogRetention } from './change-log/change-log-retention.service';
export { keysOf } from './index-writer/index-keys';
export { SortIndexRepository } from './maintenance/sort-index.repository';
export { toSearchText, wordsOf } from './search-terms';
export type { CatalogueTransaction } from './store/catalogue.writer';
