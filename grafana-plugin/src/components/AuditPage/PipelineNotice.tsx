import React, { useContext, useState } from 'react';
import { css } from '@emotion/css';
import { msToNs } from '@auditrail/core';
import type { GrafanaTheme2 } from '@grafana/data';
import { t } from '@grafana/i18n';
import { hasPermission } from '@grafana/runtime';
import { Alert, useStyles2 } from '@grafana/ui';
import { PATHS, PERMISSIONS } from '../../constants.ts';
import { isLoss, problemKey, type PipelineProblem } from '../../data/pipeline-health.ts';
import { AS_TEXT } from '../../format/as-text.ts';
import { zonedTime } from '../../format/when.ts';
import { TimeZoneContext, type TimeZone } from '../../state/time-zone.ts';
import { useNow } from '../../state/use-now.ts';
import { usePipelineHealth } from '../../state/use-pipeline-health.ts';
import { PathLink } from '../PathLink.tsx';
import { testIds } from '../testIds.ts';
import { causeOf, remedyOf } from './pipeline-text.ts';

const EVERY_MS = 30_000;
/** The keeper checks every 30 seconds. A problem that it did not see in three checks is over. */
const ONGOING_MS = 90_000;

interface Span {
  sinceMs: number;
  lastMs: number;
}

/** The first and last time of some problems, in milliseconds. */
const spanOf = (problems: readonly PipelineProblem[]): Span => ({
  sinceMs: Math.min(...problems.map(({ since }) => Date.parse(since))),
  lastMs: Math.max(...problems.map(({ last }) => Date.parse(last))),
});

/**
 * Warns of entries that are missing or late because something between applications and Loki's disk refuses them: an empty
 * range is then not proof of silence. Each occurrence can be dismissed. Requires a keeper, which watches the pipeline.
 */
export function PipelineNotice() {
  const { problems, over, unanswered } = usePipelineHealth();
  const [dismissed, setDismissed] = useState<readonly string[]>([]);
  const shown = problems.filter((problem) => !dismissed.includes(problemKey(problem)));
  const ended = over.map(({ problem }) => problem).filter((problem) => !dismissed.includes(problemKey(problem)));
  const dismiss = (some: readonly PipelineProblem[]) => setDismissed((before) => [...before, ...some.map(problemKey)]);
  const parts = [shown.filter(isLoss), shown.filter((problem) => !isLoss(problem))].filter(({ length }) => length > 0);
  return (
    // Always present, so that screen readers announce new content.
    <div aria-live="polite" data-testid={testIds.page.pipeline}>
      {parts.map((part) => (
        <Warning
          key={part.every(isLoss) ? 'loss' : 'delay'}
          problems={part}
          unanswered={unanswered}
          onRemove={() => dismiss(part)}
        />
      ))}
      {shown.length === 0 && ended.length > 0 && <Over problems={ended} onRemove={() => dismiss(ended)} />}
    </div>
  );
}

interface Props {
  problems: readonly PipelineProblem[];
  onRemove: () => void;
}

function Warning({ problems, unanswered, onRemove }: Props & { unanswered: boolean }) {
  const styles = useStyles2(getStyles);
  const zone = useContext(TimeZoneContext);
  const now = useNow(EVERY_MS);
  const mayHelp = hasPermission(PERMISSIONS.writeSettings);
  const span = spanOf(problems);
  const goesOn = !unanswered && now - span.lastMs < ONGOING_MS;
  const title = goesOn ? titleSince(problems, now - span.sinceMs) : titleBetween(problems, span, zone);
  return (
    <Alert severity="warning" title={title} onRemove={onRemove} bottomSpacing={0}>
      <ul className={styles.list}>
        {problems.map((problem) => (
          <li key={problemKey(problem)}>
            {causeOf(problem)} {mayHelp && remedyOf(problem)}
          </li>
        ))}
      </ul>
      {unanswered && t('pipeline.unanswered', 'The keeper stopped answering, so this may be out of date.')}{' '}
      {!unanswered && !goesOn && t('pipeline.not-since', 'Not seen again since then.')}{' '}
      {!mayHelp && t('pipeline.ask', 'Tell an administrator of your Grafana organization.')}{' '}
      <PathLink path={PATHS.help}>{t('pipeline.help', 'Causes and remedies')}</PathLink>
    </Alert>
  );
}

function titleSince(problems: readonly PipelineProblem[], ms: number): string {
  const minutes = Math.max(1, Math.ceil(ms / 60_000));
  return problems.some(isLoss)
    ? t('pipeline.missing', 'Entries of the last {{minutes}} min may be missing', { minutes })
    : t('pipeline.late', 'Entries of the last {{minutes}} min may be late', { minutes });
}

function titleBetween(problems: readonly PipelineProblem[], { sinceMs, lastMs }: Span, zone: TimeZone): string {
  const times = { from: zonedTime(msToNs(sinceMs), zone), to: zonedTime(msToNs(lastMs), zone), ...AS_TEXT };
  return problems.some(isLoss)
    ? t('pipeline.missing-between', 'Entries between {{from}} and {{to}} may be missing', times)
    : t('pipeline.late-between', 'Entries between {{from}} and {{to}} may be late', times);
}

function Over({ problems, onRemove }: Props) {
  const since = zonedTime(msToNs(spanOf(problems).sinceMs), useContext(TimeZoneContext));
  return (
    <Alert severity="success" title={t('pipeline.over', 'Entries arrive again')} onRemove={onRemove} bottomSpacing={0}>
      {t('pipeline.over-text', 'Refresh to see entries since {{since}} that came late.', { since, ...AS_TEXT })}
    </Alert>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  list: css({ margin: 0, paddingLeft: theme.spacing(2), '&:has(> :only-child)': { listStyle: 'none', padding: 0 } }),
});
