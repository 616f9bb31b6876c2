import React, { useCallback } from 'react';
import { msToNs, readEntries, type LokiClient, type TimeRange } from '@auditrail/core';
import { t } from '@grafana/i18n';
import { Button, EmptyState, Stack } from '@grafana/ui';
import { useLoad } from '../../state/use-load.ts';
import { isFiltered, NO_FILTERS, type View } from '../../state/view.ts';
import { testIds } from '../testIds.ts';

interface Props {
  loki: LokiClient;
  view: View;
  onChange: (change: Partial<View>) => void;
}

const MONTH_MS = 30 * 24 * 3_600_000;

// One line is enough to know, and costs Loki nothing beside a count.
async function hasEntries(loki: LokiClient, range: TimeRange, signal: AbortSignal): Promise<boolean> {
  for await (const lines of readEntries(loki, { range, pageEntries: 1, signal })) return lines.length > 0;
  return false;
}

/** No entries in this view: says why that may be, and what to do. */
export function NoEntries({ loki, view, onChange }: Props) {
  const filtered = isFiltered(view) || view.tab !== 'all';
  // Whether anything was ever written is asked only when it matters.
  const recent = useLoad(
    useCallback(
      (signal: AbortSignal) => {
        const end = msToNs(Date.now());
        return hasEntries(loki, { start: end - msToNs(MONTH_MS), end }, signal);
      },
      [loki],
    ),
  );
  const silent = !filtered && recent.state === 'done' && !recent.value;
  const message = filtered
    ? t('empty.filtered', 'No entries match these filters')
    : silent
      ? t('empty.silent', 'No entries in the last 30 days')
      : t('empty.range', 'No entries in this time range');
  return (
    <div data-testid={testIds.table.empty}>
      <EmptyState
        variant="not-found"
        hideImage
        message={message}
        button={
          <Stack justifyContent="center">
            {filtered && (
              <Button variant="secondary" onClick={() => onChange({ search: '', filters: NO_FILTERS, tab: 'all' })}>
                {t('empty.clear', 'Clear filters')}
              </Button>
            )}
            {!silent && (
              <Button variant="secondary" onClick={() => onChange({ from: 'now-7d', to: 'now' })}>
                {t('empty.week', 'Show the last 7 days')}
              </Button>
            )}
          </Stack>
        }
      >
        {silent ? (
          <>
            {t(
              'empty.first',
              'Write a first entry with the SDK, and it stands here within seconds. If applications do write already, look at their log and the collector.',
            )}
            <pre>{FIRST_ENTRY}</pre>
          </>
        ) : (
          t('empty.remedy', 'Choose a longer time range, or take filters out.')
        )}
      </EmptyState>
    </div>
  );
}

const FIRST_ENTRY = `import { createAuditLogger } from '@auditrail/sdk';

const audit = createAuditLogger({ service: 'my-app', endpoint: 'http://collector:4318', … });
await audit.record({
  action: 'user.login',
  description: 'Ada signed in',
  actor: { type: 'user', id: '42', email: 'ada@example.com' },
});`;
