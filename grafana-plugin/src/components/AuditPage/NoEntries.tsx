import React, { useCallback } from 'react';
import { msToNs, nsToMs } from '@auditrail/core';
import { readEntries, type LokiClient } from '@auditrail/core/loki';
import { type TimeRange } from '@auditrail/core/query';
import { t } from '@grafana/i18n';
import { Button, EmptyState, Stack } from '@grafana/ui';
import { useLoad } from '../../state/use-load.ts';
import { useTimeZone, type TimeZone } from '../../state/time-zone.ts';
import { toTimeRange, type Bounds } from '../../state/view-range.ts';
import { isFiltered, NO_FILTERS, type View } from '../../state/view.ts';
import { testIds } from '../testIds.ts';

interface Props {
  loki: LokiClient;
  view: View;
  onChange: (change: Partial<View>) => void;
}

const DAY_MS = 24 * 3_600_000;
const MINUTE_MS = 60_000;
const MONTH_MS = 30 * DAY_MS;

// Reading one line costs Loki far less than a count.
async function hasEntries(loki: LokiClient, range: TimeRange, signal: AbortSignal): Promise<boolean> {
  for await (const lines of readEntries(loki, { range, pageEntries: 1, signal })) return lines.length > 0;
  return false;
}

/** The empty state: why there may be no entries, and what to do. */
export function NoEntries({ loki, view, onChange }: Props) {
  const filtered = isFiltered(view);
  const inTab = view.tab !== 'all';
  const longer = longerThan(view, useTimeZone());
  // Only needed in the empty state: whether any entry was recorded recently.
  const recent = useLoad(
    useCallback(
      (signal: AbortSignal) => {
        const end = msToNs(Date.now());
        return hasEntries(loki, { start: end - msToNs(MONTH_MS), end }, signal);
      },
      [loki],
    ),
  );
  const silent = !filtered && !inTab && recent.state === 'done' && !recent.value;
  const message = filtered
    ? t('empty.filtered', 'No entries match these filters')
    : silent
      ? t('empty.silent', 'No entries in the last 30 days')
      : inTab
        ? t('empty.tab', 'No entries on this tab in this time range')
        : t('empty.range', 'No entries in this time range');
  const remedy = filtered
    ? t('empty.remedy', 'Choose a longer time range or remove filters.')
    : inTab
      ? t('empty.remedy-tab', 'Choose a longer time range or another tab.')
      : t('empty.remedy-range', 'Choose a longer time range.');
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
            {!filtered && inTab && (
              <Button variant="secondary" onClick={() => onChange({ tab: 'all' })}>
                {t('empty.all', 'Show all tabs')}
              </Button>
            )}
            {!silent && longer && (
              <Button variant="secondary" onClick={() => onChange(longer.range)}>
                {longer.label}
              </Button>
            )}
          </Stack>
        }
      >
        {silent ? (
          <>
            {t(
              'empty.first',
              'Record a first entry with the SDK. It appears here within seconds. If your applications already record entries, check their logs and the collector.',
            )}
            <pre>{FIRST_ENTRY}</pre>
          </>
        ) : (
          remedy
        )}
      </EmptyState>
    </div>
  );
}

/** The shortest offered range that starts before the current one; `undefined` if there is none. */
function longerThan(view: Bounds, zone: TimeZone): { range: Bounds; label: string } | undefined {
  const ago = Date.now() - nsToMs(toTimeRange(view, zone).start);
  const choices: Array<[days: number, from: string, label: string]> = [
    [7, 'now-7d', t('empty.week', 'Show the last 7 days')],
    [30, 'now-30d', t('empty.month', 'Show the last 30 days')],
    [365, 'now-1y', t('empty.year', 'Show the last year')],
  ];
  // A view of the last 7 days started slightly more than 7 days ago.
  const found = choices.find(([days]) => days * DAY_MS > ago + MINUTE_MS);
  return found && { range: { from: found[1], to: 'now' }, label: found[2] };
}

const FIRST_ENTRY = `import { createAuditLogger } from '@auditrail/sdk';

const audit = createAuditLogger({ service: 'my-app', endpoint: 'http://collector:4318', … });
await audit.record({
  action: 'user.login',
  description: 'Ada signed in',
  actor: { type: 'user', id: '42', email: 'ada@example.com' },
});`;
