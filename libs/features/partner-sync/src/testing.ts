/** Parts of the partner sync that tests use directly. */
export { LastKnownStocks } from './availability/last-known-stock.repository';
