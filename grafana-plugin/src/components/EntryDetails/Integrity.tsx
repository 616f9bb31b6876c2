import React, { useCallback, useContext, useState } from 'react';
import { css } from '@emotion/css';
import { AuditError, msToNs } from '@auditrail/core';
import { type LokiClient, type TrailLine } from '@auditrail/core/loki';
import { checkChainAround, type ChainAround } from '@auditrail/core/verify';
import type { GrafanaTheme2, IconName } from '@grafana/data';
import { t } from '@grafana/i18n';
import { Button, Icon, useStyles2 } from '@grafana/ui';
import { explainError } from '../../data/explain-error.ts';
import { useLoad, type Loaded } from '../../state/use-load.ts';
import { CLOCK_GRACE_MS } from '../../state/view-range.ts';
import { asStored } from '../PersonalData/mask.ts';
import { shown } from '../shown.tsx';
import { testIds } from '../testIds.ts';
import { DetailsContext } from './details-context.ts';
import { chainText } from './chain-text.ts';
import { Section } from './Section.tsx';

const PATIENCE_MS = 300;

/** Checks the chain around an entry in the browser: reads its neighbors and compares their hashes. */
export default function Integrity({ line }: { line: TrailLine }) {
  const loki = useContext(DetailsContext).trail?.loki;
  const [attempt, setAttempt] = useState(0);
  if (!loki) return null;
  return (
    <Section title={t('integrity.title', 'Integrity')}>
      <Check key={attempt} loki={loki} line={line} onRetry={() => setAttempt(attempt + 1)} />
    </Section>
  );
}

function Check({ loki, line, onRetry }: { loki: LokiClient; line: TrailLine; onRetry: () => void }) {
  const styles = useStyles2(getStyles);
  const checked = useLoad(
    useCallback(
      async (signal: AbortSignal) => {
        // Stepping through rows by keyboard opens many of them briefly.
        await pause(PATIENCE_MS, signal);
        return checkChainAround(loki, asStored(line), { until: msToNs(Date.now() + CLOCK_GRACE_MS), signal });
      },
      [loki, line],
    ),
  );
  const { icon, tone, title, text } = verdict(checked);
  return (
    <div className={styles.verdict} role="status" data-testid={testIds.details.integrity} data-state={stateOf(checked)}>
      <Icon name={icon} className={styles[tone]} />
      <div>
        <div className={styles[tone]}>{title}</div>
        {text && <div className={styles.text}>{text}</div>}
        {checked.state === 'done' && checked.value.findings.length > 0 && (
          <ul className={styles.findings}>
            {checked.value.findings.map((finding, index) => (
              <li key={index}>{shown(finding.text)}</li>
            ))}
          </ul>
        )}
        {checked.state === 'failed' && (
          <Button size="sm" variant="secondary" onClick={onRetry}>
            {t('integrity.retry', 'Check again')}
          </Button>
        )}
      </div>
    </div>
  );
}

interface Verdict {
  icon: IconName;
  tone: 'good' | 'bad' | 'plain';
  title: string;
  text?: string;
}

const stateOf = (checked: Loaded<ChainAround>) => (checked.state === 'done' ? checked.value.state : checked.state);

function verdict(checked: Loaded<ChainAround>): Verdict {
  if (checked.state === 'loading') {
    return {
      icon: 'sync',
      tone: 'plain',
      title: t('integrity.checking', 'Checking the chain around this entry…'),
    };
  }
  if (checked.state === 'done') return chainText(checked.value);
  const insecure = checked.error instanceof AuditError && checked.error.code === 'CRYPTO_UNAVAILABLE';
  const { cause, remedy } = explainError(checked.error);
  return {
    icon: 'exclamation-triangle',
    tone: 'plain',
    title: t('integrity.failed', 'The chain could not be checked'),
    text: insecure
      ? t('integrity.insecure', 'Browsers compute hashes only on pages that are opened over HTTPS.')
      : `${cause}. ${remedy}`,
  };
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      reject(new DOMException('aborted', 'AbortError'));
    });
  });
}

const getStyles = (theme: GrafanaTheme2) => ({
  verdict: css({ display: 'flex', gap: theme.spacing(1), overflowWrap: 'anywhere' }),
  good: css({ color: theme.colors.success.text, fontWeight: theme.typography.fontWeightMedium }),
  bad: css({ color: theme.colors.error.text, fontWeight: theme.typography.fontWeightMedium }),
  plain: css({ color: theme.colors.text.primary, fontWeight: theme.typography.fontWeightMedium }),
  text: css({ color: theme.colors.text.secondary }),
  findings: css({ margin: theme.spacing(0.5, 0, 0, 2) }),
});
