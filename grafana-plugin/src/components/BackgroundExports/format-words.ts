import type { ExportFormatId } from '@auditrail/core/formats';
import { t } from '@grafana/i18n';

const WORDS: Record<ExportFormatId, () => string> = {
  ndjson: () => t('exports.for-ndjson', 'Evidence: the lines as stored'),
  csv: () => t('exports.for-csv', 'Spreadsheets, with the selected columns'),
  json: () => t('exports.for-json', 'Other tools'),
  cef: () => t('exports.for-cef', 'SIEMs'),
  ocsf: () => t('exports.for-ocsf', 'Security data lakes'),
  ecs: () => t('exports.for-ecs', 'Elastic'),
};

/** The purpose of a format, in a few words. */
export const formatFor = (format: ExportFormatId): string => WORDS[format]();
