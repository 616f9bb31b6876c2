import React from 'react';
import { t } from '@grafana/i18n';
import { Badge } from '@grafana/ui';
import { AS_TEXT } from '../../format/as-text.ts';
import type { RuleState } from './choice.ts';

/** Why a rule cannot fire in this trail; `undefined` if it can, or if this is not known. */
export function reasonOf({ coverage, test }: RuleState): string | undefined {
  if (coverage.state === 'keeper') {
    return t('detections.reason.keeper', 'Only the keeper can find this, and no keeper is connected.');
  }
  if (coverage.state === 'absent') {
    if (coverage.field === undefined) {
      return t(
        'detections.reason.entries',
        'No entries of the kind that it needs in the last 30 days: this rule cannot fire.',
      );
    }
    const what = coverage.values.join(', ');
    return coverage.field === 'action'
      ? t('detections.reason.action', 'No action {{what}} in the last 30 days: this rule cannot fire.', {
          what,
          ...AS_TEXT,
        })
      : t('detections.reason.field', 'No entry with {{field}} {{what}} in the last 30 days: this rule cannot fire.', {
          field: coverage.field,
          what,
          ...AS_TEXT,
        });
  }
  const missing = test?.state === 'done' ? test.result.missing : [];
  if (missing.length === 0) return undefined;
  return t('detections.reason.missing', 'None of the entries has the field {{what}}: this rule cannot fire.', {
    what: missing.join(', '),
    ...AS_TEXT,
  });
}

/** Whether a rule can fire. */
export function StateBadge({ state }: { state: RuleState }) {
  if (state.isDisabled) {
    return <Badge color="darkgrey" text={t('detections.state.disabled', 'Disabled')} />;
  }
  const reason = reasonOf(state);
  if (reason) {
    const text = t('detections.state.not-ready', 'Cannot fire');
    return <Badge color="orange" icon="exclamation-triangle" text={text} tooltip={reason} />;
  }
  return state.coverage.state === 'ready' ? (
    <Badge color="green" icon="check" text={t('detections.state.ready', 'Ready')} />
  ) : (
    <Badge color="darkgrey" text={t('detections.state.unknown', 'Not known')} />
  );
}
