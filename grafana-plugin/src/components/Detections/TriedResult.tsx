import React from 'react';
import type { Rule } from '@auditrail/core/detections';
import { t } from '@grafana/i18n';
import { Alert, Button, LoadingPlaceholder, Stack, Text } from '@grafana/ui';
import { explainError } from '../../data/explain-error.ts';
import { testIds } from '../testIds.ts';
import type { BacktestResult } from './backtest.ts';
import { Firings } from './Firings.tsx';
import { ReadNote } from './TestResult.tsx';
import type { Backtest } from './use-backtests.ts';

/** The state of a try with other thresholds. `rule` has those that were tried. */
export type TryState =
  | { state: 'reading'; entries: number; stop: () => void }
  | { state: 'done'; result: BacktestResult; rule: Rule }
  | { state: 'failed'; error: unknown };

interface Props {
  state: TryState;
  /** The result with the thresholds of the rule. */
  test: Backtest | undefined;
}

/** When a rule would have fired with other thresholds. */
export function TriedResult({ state, test }: Props) {
  if (state.state === 'reading') {
    return (
      <Stack gap={1} alignItems="center">
        <LoadingPlaceholder
          text={t('detections.reading', 'Reading entries: {{entries}}', {
            entries: state.entries.toLocaleString('en'),
          })}
        />
        <Button size="sm" variant="secondary" fill="text" onClick={state.stop}>
          {t('detections.stop', 'Stop')}
        </Button>
      </Stack>
    );
  }
  if (state.state === 'failed') {
    const { cause, remedy } = explainError(state.error);
    return (
      <Alert severity="error" title={cause} bottomSpacing={1}>
        {remedy}
      </Alert>
    );
  }
  const { rule, result } = state;
  const { firings, total } = result;
  const now = test?.state === 'done' ? test.result.total : undefined;
  return (
    <div data-testid={testIds.detections.tried}>
      <Text>
        {now === undefined
          ? t('detections.tried', 'Alerts with these thresholds: {{number}}.', { number: total })
          : t(
              'detections.tried-compared',
              'Alerts with these thresholds: {{number}}. With those of the rule: {{now}}.',
              {
                number: total,
                now,
              },
            )}
      </Text>
      {firings.length > 0 && <Firings rule={rule} firings={firings} />}
      <ReadNote result={result} />
    </div>
  );
}
