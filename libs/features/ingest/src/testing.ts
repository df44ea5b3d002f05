/** Parts of the file import that tests use directly. */
export { openImportFile } from './files/import-file.reader';
export type { ImportRequest } from './import.service';
