import React, { lazy, Suspense } from 'react';
import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { t } from '@grafana/i18n';
import { Button, LoadingPlaceholder, Toggletip, useStyles2 } from '@grafana/ui';
import { AS_TEXT } from '../../format/as-text.ts';
import { visible } from '../../format/invisible.ts';
import { usePersonalData } from '../PersonalData/PersonalData.tsx';
import { isolated } from '../shown.tsx';
import { testIds } from '../testIds.ts';
import { fieldLabel, operatorLabel, personalKind } from './field-labels.ts';
import type { EditorProps } from './FilterEditor.tsx';

// Loaded when the first filter is edited.
const FilterEditor = lazy(async () => ({ default: (await import('./FilterEditor.tsx')).FilterEditor }));

const SHOWN_VALUES = 2;

interface Props extends EditorProps {
  open: boolean;
  onOpen: () => void;
  onClose: () => void;
  onRemove: () => void;
}

/** One filter: field, operator, and values. A click edits it, its X removes it. */
export function FilterChip({ open, onOpen, onClose, onRemove, ...editor }: Props) {
  const styles = useStyles2(getStyles);
  const { mask } = usePersonalData();
  const { field, operator } = editor.filter;
  const values = editor.filter.values.map((value) => mask(personalKind(field), value));
  const label = fieldLabel(field);
  const more = values.length - SHOWN_VALUES;
  const first = values.slice(0, SHOWN_VALUES).join(', ') + (more > 0 ? ` +${more}` : '');
  const whole = `${label} ${operatorLabel(operator)} ${visible(values.join(', '))}`;
  return (
    <div className={styles.chip} data-testid={testIds.filters.chip}>
      <Toggletip
        show={open}
        onOpen={onOpen}
        onClose={onClose}
        closeButton={false}
        fitContent
        placement="bottom-start"
        title={label}
        content={
          <Suspense fallback={<LoadingPlaceholder text={t('filter.loading', 'Loading…')} />}>
            <FilterEditor {...editor} />
          </Suspense>
        }
      >
        <Button
          variant="secondary"
          className={styles.edit}
          title={whole}
          aria-label={t('filter.edit', 'Edit filter: {{whole}}', { whole, ...AS_TEXT })}
          data-testid={testIds.filters.edit}
        >
          <span className={styles.text}>
            {label} <span className={styles.operator}>{operatorLabel(operator)}</span> {isolated(first || '…')}
          </span>
        </Button>
      </Toggletip>
      <Button
        variant="secondary"
        icon="times"
        className={styles.remove}
        aria-label={t('filter.remove', 'Remove filter: {{whole}}', { whole, ...AS_TEXT })}
        onClick={onRemove}
        data-testid={testIds.filters.remove}
      />
    </div>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  chip: css({ display: 'inline-flex', maxWidth: '100%' }),
  edit: css({ borderTopRightRadius: 0, borderBottomRightRadius: 0, minWidth: 0, maxWidth: 420 }),
  remove: css({ borderTopLeftRadius: 0, borderBottomLeftRadius: 0, marginLeft: 1, padding: theme.spacing(0, 1) }),
  text: css({ overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap' }),
  operator: css({ color: theme.colors.text.secondary, fontWeight: theme.typography.fontWeightRegular }),
});
