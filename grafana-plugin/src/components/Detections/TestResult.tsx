import React from 'react';
import { msToNs } from '@auditrail/core';
import { t } from '@grafana/i18n';
import { Alert, Button, LoadingPlaceholder, Text } from '@grafana/ui';
import { explainError } from '../../data/explain-error.ts';
import { zonedTime } from '../../format/when.ts';
import { useTimeZone } from '../../state/time-zone.ts';
import { testIds } from '../testIds.ts';
import type { BacktestResult } from './backtest.ts';
import type { RuleState } from './choice.ts';
import { Firings } from './Firings.tsx';

/** When a rule would have fired in the last 30 days. */
export function TestResult({ state: { rule, test }, onRun }: { state: RuleState; onRun: () => void }) {
  if (test?.state === 'failed') {
    const { cause, remedy, detail } = explainError(test.error);
    return (
      <Alert severity="error" title={cause} bottomSpacing={0} data-testid={testIds.detections.failed}>
        <p>{[remedy, detail].filter(Boolean).join(' ')}</p>
        <Button size="sm" variant="secondary" onClick={onRun}>
          {t('error.retry', 'Try again')}
        </Button>
      </Alert>
    );
  }
  if (test && test.state !== 'done') {
    return (
      <LoadingPlaceholder
        text={t('detections.reading', 'Reading entries: {{entries}}', { entries: test.entries.toLocaleString('en') })}
      />
    );
  }
  if (!test) {
    return (
      <div>
        <Button size="sm" variant="secondary" icon="play" onClick={onRun}>
          {t('detections.run-30', 'Test on the last 30 days')}
        </Button>
      </div>
    );
  }
  return (
    <div>
      <Text element="h3" variant="h6">
        {t('detections.would-have', 'In the last 30 days, this rule would have fired')}
      </Text>
      <Firings rule={rule} firings={test.result.firings} />
      <ReadNote result={test.result} />
    </div>
  );
}

/** What the result is based on. */
export function ReadNote({ result: { entries, since } }: { result: BacktestResult }) {
  const zone = useTimeZone();
  const read = t('detections.read', 'Entries read: {{entries}}.', { entries: entries.toLocaleString('en') });
  const cut =
    since !== undefined &&
    t('detections.cut', 'There are more: only those since {{time}} were read.', {
      time: zonedTime(msToNs(since), zone),
    });
  return (
    <Text color="secondary" variant="bodySmall">
      {[read, cut].filter(Boolean).join(' ')}
    </Text>
  );
}
