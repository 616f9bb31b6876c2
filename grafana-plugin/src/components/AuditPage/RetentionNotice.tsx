import React, { useCallback } from 'react';
import { nsToMs } from '@auditrail/core';
import { lokiLimits, type LokiClient } from '@auditrail/core/loki';
import { type TimeRange } from '@auditrail/core/query';
import { t } from '@grafana/i18n';
import { Alert } from '@grafana/ui';
import { useLoad } from '../../state/use-load.ts';
import { useNow } from '../../state/use-now.ts';
import { testIds } from '../testIds.ts';

const DAY_MS = 86_400_000;

/** Notice for a range that starts before the oldest entries that Loki keeps or returns: their absence proves nothing. */
export function RetentionNotice({ loki, range }: { loki: LokiClient; range: TimeRange }) {
  const limits = useLoad(useCallback(() => lokiLimits(loki), [loki])).value;
  const now = useNow(60_000);
  if (!limits) return null;
  const reaches = (ms: number | undefined) => ms !== undefined && nsToMs(range.start) < now - ms - DAY_MS;
  const days = (ms = 0) => Math.floor(ms / DAY_MS).toLocaleString('en');
  const text = reaches(limits.keptMs)
    ? t('retention.kept', 'Loki keeps entries for {{days}} days. Older entries are deleted.', {
        days: days(limits.keptMs),
      })
    : reaches(limits.lookbackMs)
      ? t('retention.lookback', 'Loki returns entries of the last {{days}} days only (max_query_lookback).', {
          days: days(limits.lookbackMs),
        })
      : reaches(limits.keptLeastMs)
        ? t('retention.some', 'Some entries are kept for only {{days}} days. Older ones are deleted.', {
            days: days(limits.keptLeastMs),
          })
        : undefined;
  if (!text) return null;
  return (
    <Alert
      severity="info"
      title={t('retention.title', 'This time range starts before the oldest entries')}
      bottomSpacing={0}
      data-testid={testIds.page.retention}
    >
      {text}
    </Alert>
  );
}
