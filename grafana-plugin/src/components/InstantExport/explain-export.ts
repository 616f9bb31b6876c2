import { t } from '@grafana/i18n';
import { explainError, type Explanation } from '../../data/explain-error.ts';
import { isPermissionDenied } from '../../data/grafana-request.ts';

/** Why the entry about an export was not written, so that no file was created. */
export function whyNotRecorded(error: unknown): Explanation {
  const cause = t(
    'export.not-recorded',
    'No file was created because the export could not be recorded in the audit log',
  );
  if (isPermissionDenied(error)) {
    const remedy = t(
      'export.not-permitted',
      'You do not have permission to write to the audit log. Ask an administrator for the "Audit log exporter" role.',
    );
    return { cause, remedy, configure: false };
  }
  return {
    cause,
    remedy: t(
      'export.no-answer',
      'Check that the collector is running, and check the gateway address and token on the configuration page. Then export again.',
    ),
    detail: error instanceof Error ? error.message : String(error),
    configure: true,
  };
}

/** Why an export failed: the file could not be written, or the entries could not be read. */
export function whyFailed(error: unknown): Explanation {
  if (!(error instanceof DOMException)) return explainError(error);
  return {
    cause: t('export.not-written', 'The file could not be written'),
    remedy: t('export.not-written-remedy', 'Check that the disk has free space, or choose another folder.'),
    detail: error.message,
    configure: false,
  };
}
