import React from 'react';
import { t } from '@grafana/i18n';
import { FilterInput, RadioButtonGroup, Spinner, Stack, Text } from '@grafana/ui';
import { testIds } from '../testIds.ts';
import {
  alertsOf,
  isNotReady,
  type Choice,
  type RuleCondition,
  type RuleState,
  type SeverityChoice,
} from './choice.ts';
import { severityText } from './severity.ts';

interface Props {
  choice: Choice;
  states: readonly RuleState[];
  loading: boolean;
  onChoose: (change: Partial<Choice>) => void;
}

/** The search, the filters, and a line that sums up all rules. */
export function Controls({ choice, states, loading, onChoose }: Props) {
  const alerts = states.reduce((sum, state) => sum + (alertsOf(state) ?? 0), 0);
  const untested = states.filter((state) => alertsOf(state) === undefined && !isNotReady(state)).length;
  const parts = [
    t('detections.sum.rules', 'Rules: {{number}}', { number: states.length }),
    ...(loading
      ? []
      : [
          t('detections.sum.not-ready', 'Cannot fire: {{number}}', { number: states.filter(isNotReady).length }),
          t('detections.sum.alerts', 'Alerts in 30 days: {{number}}', { number: alerts }),
          ...(untested > 0 ? [t('detections.sum.untested', 'Not tested: {{number}}', { number: untested })] : []),
        ]),
  ];
  return (
    <Stack direction="column" gap={1}>
      <Stack gap={1} wrap="wrap" alignItems="center">
        <FilterInput
          width={40}
          escapeRegex={false}
          placeholder={t('detections.search', 'Search rules')}
          value={choice.search}
          onChange={(search) => onChoose({ search })}
          data-testid={testIds.detections.search}
        />
        <RadioButtonGroup<SeverityChoice>
          aria-label={t('detections.severity.label', 'Severity')}
          value={choice.severity}
          onChange={(severity) => onChoose({ severity })}
          options={(['all', 'critical', 'high', 'medium'] as const).map((value) => ({
            value,
            label: severityText(value),
          }))}
        />
        <RadioButtonGroup<RuleCondition>
          aria-label={t('detections.state.label', 'State')}
          value={choice.condition}
          onChange={(condition) => onChoose({ condition })}
          options={[
            { value: 'all', label: t('detections.state.all', 'All') },
            { value: 'ready', label: t('detections.state.ready', 'Ready') },
            { value: 'not-ready', label: t('detections.state.not-ready', 'Cannot fire') },
            { value: 'fired', label: t('detections.state.fired', 'With alerts') },
          ]}
        />
      </Stack>
      <Stack gap={1} alignItems="center">
        {loading && <Spinner size="sm" inline />}
        <span role="status" data-testid={testIds.detections.sum}>
          <Text color="secondary">
            {loading ? t('detections.checking', 'Checking the actions of the last 30 days…') : parts.join(' · ')}
          </Text>
        </span>
      </Stack>
    </Stack>
  );
}
