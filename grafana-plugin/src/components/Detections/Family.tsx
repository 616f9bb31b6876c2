import React, { useState } from 'react';
import { css } from '@emotion/css';
import { FAMILIES, type Rule } from '@auditrail/core/detections';
import type { GrafanaTheme2 } from '@grafana/data';
import { t } from '@grafana/i18n';
import { Icon, useStyles2 } from '@grafana/ui';
import type { Backtester } from './backtest.ts';
import type { RuleState } from './choice.ts';
import { RuleRow } from './RuleRow.tsx';

interface Props {
  states: readonly RuleState[];
  /** The id of the open rule. */
  open: string | undefined;
  onOpen: (rule: string | undefined) => void;
  onRun: (rule: Rule) => void;
  createBacktester: () => Backtester;
}

/** The rules by family, as Grafana's list of alert rules shows its folders. */
export function Families({ states, ...rest }: Props) {
  return FAMILIES.flatMap(({ title, rules }) => {
    const own = states.filter(({ rule }) => rules.some(({ id }) => id === rule.id));
    return own.length > 0 ? <Family key={title} title={title} states={own} {...rest} /> : [];
  });
}

function Family({ title, states, open, onOpen, ...rest }: Props & { title: string }) {
  const styles = useStyles2(getStyles);
  const [isOpen, setOpen] = useState(true);
  return (
    <section>
      <h2 className={styles.heading}>
        <button type="button" className={styles.button} aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
          <Icon name={isOpen ? 'angle-down' : 'angle-right'} />
          <Icon name={isOpen ? 'folder-open' : 'folder'} />
          <span lang="en">{title}</span>
          <span className={styles.count}>{states.length}</span>
        </button>
      </h2>
      {isOpen && (
        <ul className={styles.list} aria-label={t('detections.family', 'Rules: {{title}}', { title })}>
          {states.map((state) => (
            <RuleRow
              key={state.rule.id}
              state={state}
              isOpen={open === state.rule.id}
              onToggle={() => onOpen(open === state.rule.id ? undefined : state.rule.id)}
              {...rest}
            />
          ))}
        </ul>
      )}
    </section>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  heading: css({ margin: theme.spacing(0, 0, 1), fontSize: theme.typography.h5.fontSize }),
  button: css({
    display: 'flex',
    alignItems: 'center',
    gap: theme.spacing(1),
    padding: theme.spacing(0.5, 0),
    border: 'none',
    background: 'none',
    fontWeight: theme.typography.fontWeightMedium,
  }),
  count: css({ color: theme.colors.text.secondary, fontSize: theme.typography.bodySmall.fontSize }),
  list: css({
    listStyle: 'none',
    border: `1px solid ${theme.colors.border.weak}`,
    borderRadius: theme.shape.radius.default,
  }),
});
