import { revealEntry, type RevealEntryOptions } from '@auditrail/core/own-entries';
import { t } from '@grafana/i18n';
import { AS_TEXT } from '../format/as-text.ts';
import { writeOwnEntry } from './audit-writer.ts';
import type { Explanation } from './explain-error.ts';
import { isPermissionDenied } from './grafana-request.ts';

/** Maximum length of a reason, in characters. */
export const REASON_CHARS = 500;

/** A reveal of personal data: of one entry, or of everything until a time. */
export type Reveal = RevealEntryOptions;

/**
 * Records a reveal in the log, as `audit.personal_data.revealed`. Personal data may be shown only after this resolved.
 *
 * @throws AuditError, or the reason why the collector did not accept the entry.
 */
export async function recordReveal(reveal: Reveal): Promise<void> {
  await writeOwnEntry(revealEntry(reveal));
}

/** Why a reveal could not be recorded, and how to fix it. */
export function whyNotRecorded(error: unknown): Pick<Explanation, 'cause' | 'remedy'> {
  const cause = t('reveal.not-recorded', 'Nothing was revealed because it could not be recorded in the audit log');
  if (isPermissionDenied(error)) {
    return {
      cause,
      remedy: t(
        'reveal.not-permitted',
        'You do not have permission to write to the audit log. Ask an administrator for the "Audit log reader" role.',
      ),
    };
  }
  const detail = error instanceof Error ? error.message : String(error);
  return {
    cause,
    remedy: t(
      'reveal.no-answer',
      'The collector did not accept the entry ({{detail}}). Check that it is running, and check the gateway on the configuration page. Then try again.',
      { detail, ...AS_TEXT },
    ),
  };
}
