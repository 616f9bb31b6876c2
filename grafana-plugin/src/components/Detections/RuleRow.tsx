import React, { useEffect, useId, useRef } from 'react';
import { css, cx } from '@emotion/css';
import { msToNs } from '@auditrail/core';
import type { Rule } from '@auditrail/core/detections';
import type { GrafanaTheme2 } from '@grafana/data';
import { t } from '@grafana/i18n';
import { Badge, Button, Icon, Spinner, useStyles2 } from '@grafana/ui';
import { relativeAge } from '../../format/when.ts';
import { useNow } from '../../state/use-now.ts';
import { testIds } from '../testIds.ts';
import type { Backtester } from './backtest.ts';
import type { RuleState } from './choice.ts';
import { marked } from './marked.tsx';
import { RuleDetails } from './RuleDetails.tsx';
import { SEVERITY_COLORS, severityText } from './severity.ts';
import { StateBadge } from './StateBadge.tsx';

interface Props {
  state: RuleState;
  isOpen: boolean;
  onToggle: () => void;
  onRun: (rule: Rule) => void;
  createBacktester: () => Backtester;
}

/** A rule in a line, and all about it if it is open. */
export function RuleRow({ state, isOpen, onToggle, onRun, createBacktester }: Props) {
  const styles = useStyles2(getStyles);
  const { rule } = state;
  const id = useId();
  const row = useRef<HTMLLIElement>(null);
  const wasOpen = useRef(false);
  // A link opens a rule that may be far down.
  useEffect(() => {
    if (isOpen && !wasOpen.current) row.current?.scrollIntoView({ block: 'nearest' });
    wasOpen.current = isOpen;
  }, [isOpen]);
  return (
    <li ref={row} className={styles.row} data-testid={testIds.detections.row} data-rule={rule.id}>
      <div className={styles.line}>
        <button
          type="button"
          className={styles.title}
          aria-expanded={isOpen}
          aria-controls={id}
          onClick={onToggle}
          data-testid={testIds.detections.toggle}
        >
          <Icon name={isOpen ? 'angle-down' : 'angle-right'} />
          <span lang="en">
            <span className={styles.name}>{rule.title}</span>
            <span className={styles.condition}>{marked(rule.condition)}</span>
          </span>
        </button>
        <StateBadge state={state} />
        <Badge text={severityText(rule.severity)} color={SEVERITY_COLORS[rule.severity]} />
        <Result state={state} onRun={() => onRun(rule)} />
      </div>
      <div id={id} className={cx(!isOpen && styles.hidden)}>
        {isOpen && <RuleDetails state={state} createBacktester={createBacktester} onRun={() => onRun(rule)} />}
      </div>
    </li>
  );
}

function Result({ state: { test, coverage, toRead }, onRun }: { state: RuleState; onRun: () => void }) {
  const styles = useStyles2(getStyles);
  const now = useNow(60_000);
  if (coverage.state === 'absent' || coverage.state === 'keeper') {
    return <span className={styles.result}>—</span>;
  }
  if (test?.state === 'done') {
    const [last] = test.result.firings;
    const number = test.result.total;
    return (
      <span className={styles.result} data-testid={testIds.detections.result}>
        <span className={cx(number > 0 && styles.number)}>
          {t('detections.alerts', 'Alerts: {{number}}', { number })}
        </span>
        {last && <span className={styles.last}>{relativeAge(msToNs(last.at), now)}</span>}
      </span>
    );
  }
  if (test?.state === 'waiting' || test?.state === 'reading') {
    return (
      <span className={styles.result}>
        <Spinner size="sm" inline /> {test.entries > 0 && test.entries.toLocaleString('en')}
      </span>
    );
  }
  return (
    <span className={styles.result}>
      <Button
        size="sm"
        variant="secondary"
        fill="outline"
        onClick={onRun}
        tooltip={
          toRead === undefined
            ? t('detections.run-tip', 'Reads the entries of the last 30 days')
            : t('detections.run-tip-entries', 'Reads {{entries}} entries of the last 30 days', {
                entries: toRead.toLocaleString('en'),
              })
        }
        data-testid={testIds.detections.run}
      >
        {test ? t('detections.run-again', 'Failed: try again') : t('detections.run', 'Test')}
      </Button>
    </span>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  row: css({ '&:not(:last-child)': { borderBottom: `1px solid ${theme.colors.border.weak}` } }),
  hidden: css({ display: 'none' }),
  line: css({
    display: 'grid',
    gridTemplateColumns: 'minmax(0, 1fr) 150px 90px 150px',
    alignItems: 'center',
    justifyItems: 'start',
    gap: theme.spacing(1),
    padding: theme.spacing(0.5, 1),
    '&:hover': { background: theme.colors.action.hover },
  }),
  title: css({
    display: 'flex',
    alignItems: 'center',
    gap: theme.spacing(1),
    justifySelf: 'stretch',
    minWidth: 0,
    padding: theme.spacing(0.5),
    border: 'none',
    background: 'none',
    textAlign: 'left',
  }),
  name: css({ display: 'block', fontWeight: theme.typography.fontWeightMedium }),
  condition: css({
    display: 'block',
    color: theme.colors.text.secondary,
    fontSize: theme.typography.bodySmall.fontSize,
  }),
  result: css({
    display: 'flex',
    alignItems: 'center',
    gap: theme.spacing(1),
    justifySelf: 'end',
    whiteSpace: 'nowrap',
  }),
  number: css({ color: theme.colors.warning.text, fontWeight: theme.typography.fontWeightMedium }),
  last: css({ color: theme.colors.text.secondary, fontSize: theme.typography.bodySmall.fontSize }),
});
