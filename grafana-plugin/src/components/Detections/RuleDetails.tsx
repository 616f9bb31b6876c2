import React from 'react';
import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { t } from '@grafana/i18n';
import { Alert, Stack, TextLink, useStyles2 } from '@grafana/ui';
import { PathLink } from '../PathLink.tsx';
import { testIds } from '../testIds.ts';
import type { Backtester } from './backtest.ts';
import type { RuleState } from './choice.ts';
import { rulePath, techniqueUrl } from './links.ts';
import { marked } from './marked.tsx';
import { reasonOf } from './StateBadge.tsx';
import { TestResult } from './TestResult.tsx';
import { Thresholds } from './Thresholds.tsx';

interface Props {
  state: RuleState;
  createBacktester: () => Backtester;
  onRun: () => void;
}

/** All about a rule: its texts, when it would have fired, and its thresholds to try. */
export function RuleDetails({ state, createBacktester, onRun }: Props) {
  const styles = useStyles2(getStyles);
  const { rule } = state;
  const reason = reasonOf(state);
  const texts: Array<[string, string | undefined]> = [
    [t('detections.meaning', 'What it means'), rule.meaning],
    [t('detections.runbook', 'What to do'), rule.runbook],
    [t('detections.false-positives', 'Harmless causes'), rule.falsePositives],
    [t('detections.needs', 'Your application must record'), rule.needs],
    [t('detections.analysis', 'Found by the keeper'), rule.analysis],
  ];
  return (
    <div className={styles.details} data-testid={testIds.detections.details}>
      {reason && <Alert severity="warning" title={reason} bottomSpacing={0} />}
      <dl className={styles.texts}>
        {texts.map(
          ([name, text]) =>
            text !== undefined && (
              <div key={name}>
                <dt>{name}</dt>
                <dd lang="en">{marked(text)}</dd>
              </div>
            ),
        )}
        <div>
          <dt>MITRE ATT&CK</dt>
          <dd>
            <TextLink href={techniqueUrl(rule.technique)} external inline>
              {rule.technique}
            </TextLink>{' '}
            <span lang="en">{rule.tactic}</span>
          </dd>
        </div>
        <div>
          <dt>{t('detections.id', 'Rule ID')}</dt>
          <dd>
            <code>{rule.id}</code>
          </dd>
        </div>
      </dl>
      <Stack direction="column" gap={2}>
        <TestResult state={state} onRun={onRun} />
        <Thresholds rule={rule} createBacktester={createBacktester} test={state.test} />
        <div>
          <PathLink look="bordered" icon="list-ul" path={rulePath(rule)} data-testid={testIds.detections.entries}>
            {t('detections.entries', 'Entries of the last 30 days')}
          </PathLink>
        </div>
      </Stack>
    </div>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  details: css({
    display: 'flex',
    flexDirection: 'column',
    gap: theme.spacing(2),
    padding: theme.spacing(1, 2, 2, 4),
    background: theme.colors.background.secondary,
  }),
  texts: css({
    display: 'grid',
    gridTemplateColumns: 'repeat(auto-fill, minmax(300px, 1fr))',
    gap: theme.spacing(1.5, 3),
    margin: 0,
    '& dt': { color: theme.colors.text.secondary, fontSize: theme.typography.bodySmall.fontSize },
    '& dd': { margin: 0, maxWidth: '70ch', overflowWrap: 'anywhere' },
  }),
});
