import React, { useCallback, useContext, useState } from 'react';
import { msToNs } from '@auditrail/core';
import { t } from '@grafana/i18n';
import { Alert } from '@grafana/ui';
import { readPipelineProblems, type PipelineProblem } from '../../data/pipeline-health.ts';
import { AS_TEXT } from '../../format/as-text.ts';
import { absoluteTime } from '../../format/when.ts';
import { TimeZoneContext, type TimeZone } from '../../state/time-zone.ts';
import { useLoad } from '../../state/use-load.ts';
import { useNow } from '../../state/use-now.ts';
import { testIds } from '../testIds.ts';

const EVERY_MS = 30_000;
/** After these, entries are gone unless somebody sends them again; after the others they are only late. */
const LOSSES = ['LOKI_DISCARDS', 'COLLECTOR_DROPS', 'LOKI_WAL'];

function causeOf({ code, reason = '', count = 0 }: PipelineProblem): string {
  switch (code) {
    case 'LOKI_DISCARDS':
      return t('pipeline.loki-discards', 'Loki refuses entries: {{reason}}, {{number}} so far.', {
        reason,
        number: count,
        ...AS_TEXT,
      });
    case 'COLLECTOR_DROPS':
      return t('pipeline.collector-drops', 'The collector dropped entries that it had accepted.');
    case 'LOKI_WAL':
      return t('pipeline.loki-wal', 'Loki cannot write to its disk.');
    case 'LOKI_DISK_FULL':
      return t('pipeline.loki-disk-full', "Loki's disk is full.");
    case 'LOKI_SILENT':
      return t('pipeline.loki-silent', 'Loki does not answer.');
    case 'COLLECTOR_SILENT':
      return t('pipeline.collector-silent', 'The collector does not answer.');
    default:
      return t('pipeline.collector-fails', 'The collector cannot deliver entries to Loki.');
  }
}

const keyOf = ({ code, reason = '', since }: PipelineProblem) => `${code} ${reason} ${since}`;

function timeText(time: string, zone: TimeZone): string {
  const ms = Date.parse(time);
  return Number.isNaN(ms) ? time : absoluteTime(msToNs(ms), zone).slice(0, 16);
}

/**
 * Warns of entries that are missing or late because something between applications and Loki's disk refuses them: an empty
 * range is then not proof of silence. Each occurrence can be dismissed. Only with a keeper, which watches.
 */
export function PipelineNotice() {
  const zone = useContext(TimeZoneContext);
  const now = useNow(EVERY_MS);
  const read = useLoad(
    useCallback(
      (signal: AbortSignal) => {
        void now;
        return readPipelineProblems(signal);
      },
      [now],
    ),
  );
  const [dismissed, setDismissed] = useState<readonly string[]>([]);
  // A keeper that does not answer is reported where its exports are; it says nothing about entries.
  const problems = (read.state === 'failed' ? [] : (read.value ?? [])).filter(
    (each) => !dismissed.includes(keyOf(each)),
  );
  return (
    // Always there, so that screen readers announce what appears in it.
    <div aria-live="polite" data-testid={testIds.page.pipeline}>
      {problems.map((problem) => {
        const minutes = Math.max(1, Math.ceil((now - Date.parse(problem.since)) / 60_000));
        return (
          <Alert
            key={keyOf(problem)}
            severity="warning"
            title={
              LOSSES.includes(problem.code)
                ? t('pipeline.missing', 'Entries of the last {{minutes}} min may be missing', { minutes })
                : t('pipeline.late', 'Entries of the last {{minutes}} min may be late', { minutes })
            }
            onRemove={() => setDismissed((before) => [...before, keyOf(problem)])}
            bottomSpacing={0}
          >
            {causeOf(problem)}{' '}
            {t('pipeline.since', 'Since {{since}}, last seen at {{last}}.', {
              since: timeText(problem.since, zone),
              last: timeText(problem.last, zone),
            })}{' '}
            {t('pipeline.remedy', 'An administrator finds the remedy with "auditrail doctor" (docs/doctor.md).')}
          </Alert>
        );
      })}
    </div>
  );
}
