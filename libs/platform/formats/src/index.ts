export { DECIMAL_PATTERN, readDecimal } from './decimal';
export { readTimestampMs } from './timestamp';
