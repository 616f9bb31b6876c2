import React, { useMemo, useState } from 'react';
import { css } from '@emotion/css';
import { CATALOGUE, parseSettings, ruleOf, type Rule } from '@auditrail/core/detections';
import type { GrafanaTheme2 } from '@grafana/data';
import { t } from '@grafana/i18n';
import { Button, ClipboardButton, Field, Input, Stack, Text, useStyles2 } from '@grafana/ui';
import { testIds } from '../testIds.ts';
import type { Backtester } from './backtest.ts';
import { changedThresholds, snippetOf, type Tried } from './snippet.ts';
import { TriedResult, type TryState } from './TriedResult.tsx';
import type { Backtest } from './use-backtests.ts';

interface Props {
  rule: Rule;
  createBacktester: () => Backtester;
  /** The result with the thresholds of the rule. */
  test: Backtest | undefined;
}

const SETTINGS = parseSettings({});
/** The maximum of a threshold, and of the window: two weeks. */
const MOST = 1_000_000;
const MOST_MINUTES = 20_160;
const mostOf = (name: string) => (name === 'minutes' ? MOST_MINUTES : MOST);
const isThreshold = (name: string, value: number) => Number.isInteger(value) && value >= 1 && value <= mostOf(name);

function withThresholds(rule: Rule, tried: Tried): Rule {
  const detection = CATALOGUE.find(({ id }) => id === rule.id);
  return detection ? ruleOf(detection, SETTINGS, tried) : rule;
}

/** The thresholds of a rule, to try other ones, and the lines for `detections.yaml`. */
export function Thresholds({ rule, createBacktester, test }: Props) {
  const styles = useStyles2(getStyles);
  const [typed, setTyped] = useState<Readonly<Record<string, string>>>({});
  const [state, setState] = useState<TryState>();
  const backtester = useMemo(() => createBacktester(), [createBacktester]);
  const values = Object.entries(rule.thresholds).map(([name, value]): [string, string] => [
    name,
    typed[name] ?? String(value),
  ]);
  const tried = Object.fromEntries(values.map(([name, text]) => [name, Number(text)]));
  const isValid = Object.entries(tried).every(([name, value]) => isThreshold(name, value));
  const changed = isValid ? Object.keys(changedThresholds(rule, tried)) : [];
  const run = async (triedRule: Rule) => {
    const controller = new AbortController();
    setState({ state: 'reading', entries: 0, stop: () => controller.abort() });
    try {
      const result = await backtester.run(triedRule, controller.signal, (entries) =>
        setState((now) => (now?.state === 'reading' ? { ...now, entries } : now)),
      );
      setState({ state: 'done', result, rule: triedRule });
    } catch (error) {
      setState(controller.signal.aborted ? undefined : { state: 'failed', error });
    }
  };
  return (
    <div>
      <Text element="h3" variant="h6">
        {t('detections.thresholds', 'Thresholds')}
      </Text>
      <form
        className={styles.form}
        onSubmit={(event) => {
          event.preventDefault();
          if (isValid) void run(withThresholds(rule, tried));
        }}
      >
        {values.map(([name, text]) => (
          <Field
            key={name}
            noMargin
            label={name}
            invalid={!isThreshold(name, Number(text))}
            htmlFor={`${rule.id}-${name}`}
          >
            <Input
              id={`${rule.id}-${name}`}
              type="number"
              min={1}
              max={mostOf(name)}
              step={1}
              width={14}
              value={text}
              onChange={(event) => setTyped({ ...typed, [name]: event.currentTarget.value })}
              data-testid={testIds.detections.threshold(name)}
            />
          </Field>
        ))}
        <Button
          type="submit"
          variant="secondary"
          disabled={!isValid || state?.state === 'reading'}
          data-testid={testIds.detections.tryIt}
        >
          {t('detections.try', 'Try on the last 30 days')}
        </Button>
        {changed.length > 0 && (
          <Button
            variant="secondary"
            fill="text"
            onClick={() => {
              setTyped({});
              setState(undefined);
            }}
          >
            {t('detections.reset', 'Reset')}
          </Button>
        )}
      </form>
      {!isValid && (
        <Text color="error" variant="bodySmall">
          {t(
            'detections.invalid',
            'A threshold is a whole number from 1 to {{most}}; minutes are at most {{minutes}}.',
            {
              most: MOST.toLocaleString('en'),
              minutes: MOST_MINUTES.toLocaleString('en'),
            },
          )}
        </Text>
      )}
      {state && <TriedResult state={state} test={test} />}
      {changed.length > 0 && (
        <Stack direction="column" gap={0.5}>
          <Text color="secondary" variant="bodySmall">
            {t(
              'detections.apply',
              'To apply, add these lines to provisioning/detections.yaml and run npm run generate -w provisioning:',
            )}
          </Text>
          <pre className={styles.snippet} data-testid={testIds.detections.snippet}>
            {snippetOf(rule, tried)}
          </pre>
          <div>
            <ClipboardButton size="sm" variant="secondary" icon="copy" getText={() => snippetOf(rule, tried)}>
              {t('detections.copy', 'Copy')}
            </ClipboardButton>
          </div>
        </Stack>
      )}
    </div>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  form: css({
    display: 'flex',
    flexWrap: 'wrap',
    alignItems: 'flex-end',
    gap: theme.spacing(1),
    margin: theme.spacing(1, 0),
  }),
  snippet: css({ width: 'fit-content', maxWidth: '100%', margin: 0 }),
});
