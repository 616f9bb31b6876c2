import React from 'react';
import { t } from '@grafana/i18n';
import { Alert, LinkButton, Stack } from '@grafana/ui';
import { PATHS } from '../../constants.ts';
import type { Explanation } from '../../data/explain-error.ts';
import type { ConnectionReport } from '../../data/plugin-settings.ts';
import { AS_TEXT } from '../../format/as-text.ts';
import { retentionDays } from '../../format/retention.ts';
import { absoluteTime } from '../../format/when.ts';
import { testIds } from '../testIds.ts';

/** The result of "Save & test". */
export type SaveOutcome =
  | { state: 'working' }
  | { state: 'not saved'; why: Explanation }
  | {
      state: 'saved';
      read: { report: ConnectionReport } | { why: Explanation };
      /** Whether the change was recorded in the log; `off` without a gateway. */
      written: 'done' | 'off' | { why: Explanation };
      /** Whether the keeper answered; `off` if background exports are disabled. */
      exports: 'done' | 'off' | { why: string };
      /** The tenant of a token that was just entered. */
      tenant?: string;
    };

/** Reports what was saved, the result of the test, and how to fix what failed. */
export function SaveResult({ outcome }: { outcome: SaveOutcome | undefined }) {
  return (
    <div aria-live="polite" data-testid={testIds.config.result}>
      {outcome?.state === 'not saved' && (
        <Alert severity="error" topSpacing={2} title={t('config.not-saved', 'Settings were not saved')}>
          {explained(outcome.why)}
        </Alert>
      )}
      {outcome?.state === 'saved' && (
        <>
          {'report' in outcome.read ? (
            <Alert severity="success" topSpacing={2} title={t('config.works', 'Saved, and the audit log can be read')}>
              <Stack direction="column" alignItems="flex-start">
                {reportText(outcome.read.report, outcome.tenant)}
                <LinkButton size="sm" variant="secondary" href={PATHS.page}>
                  {t('config.open', 'Open the audit log')}
                </LinkButton>
              </Stack>
            </Alert>
          ) : (
            <Alert
              severity="error"
              topSpacing={2}
              title={t('config.unreadable', 'Saved, but the audit log cannot be read')}
            >
              {explained(outcome.read.why)}
            </Alert>
          )}
          {typeof outcome.written === 'object' && (
            <Alert
              severity="warning"
              title={t('config.not-written', 'This change could not be written to the audit log')}
            >
              {explained(outcome.written.why)}
            </Alert>
          )}
          {typeof outcome.exports === 'object' && (
            <Alert severity="warning" title={t('config.no-exports', 'Background exports do not work')}>
              {outcome.exports.why}
            </Alert>
          )}
        </>
      )}
    </div>
  );
}

const explained = ({ cause, remedy, detail }: Explanation) => `${cause}. ${remedy}${detail ? ` (${detail})` : ''}`;

function reportText({ retention, maxEntries, newest, lastDay }: ConnectionReport, tenant: string | undefined): string {
  const days = retentionDays(retention);
  const kept =
    days === undefined
      ? t('config.retention-unknown', 'Loki does not report how long entries are kept.')
      : days === 0
        ? t('config.retention-ever', 'Entries are kept indefinitely.')
        : t('config.retention', 'Entries are kept for {{days}} days.', { days });
  const page = maxEntries
    ? t('config.max-entries', 'Loki returns up to {{max}} entries per query.', { max: maxEntries.toLocaleString('en') })
    : '';
  const last =
    newest === undefined
      ? t('config.no-entries', 'There are no entries in the last 30 days.')
      : t('config.newest', 'Newest entry: {{time}} UTC.', { time: absoluteTime(newest) });
  const count = t('config.entries-of-day', 'Entries in the last 24 hours: {{entries}}.', {
    entries: lastDay.toLocaleString('en'),
  });
  const whose =
    tenant === undefined ? '' : t('config.works-tenant', 'The tenant is {{tenant}}.', { tenant, ...AS_TEXT });
  return [whose, count, last, kept, page].filter(Boolean).join(' ');
}
