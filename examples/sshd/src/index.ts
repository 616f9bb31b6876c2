export { importLog, sum, type ImportOptions, type ImportReport } from './import-log.ts';
export { SKIPPED, SshdParser, type LineResult } from './parser.ts';
