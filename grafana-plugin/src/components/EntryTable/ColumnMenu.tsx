import React, { useEffect, useRef, useState, type DragEvent, type KeyboardEvent } from 'react';
import { css, cx } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { t } from '@grafana/i18n';
import { Button, Checkbox, Icon, useStyles2 } from '@grafana/ui';
import { testIds } from '../testIds.ts';
import { COLUMNS, type Column } from './columns.tsx';
import { drawnWidth, WIDTH_STEP } from './ResizeHandle.tsx';
import { useColumns } from './use-columns.ts';

const HELP_ID = 'auditrail-columns-help';

/** Selects columns, their order, and their width, by mouse and by keyboard. */
export default function ColumnMenu() {
  const styles = useStyles2(getStyles);
  const columns = useColumns();
  const { shown, widths } = columns;
  const [dragged, setDragged] = useState<string>();
  const [over, setOver] = useState<string>();
  const [announced, announce] = useState('');
  // A checkbox moves to the other list when it is used. The focus moves with it.
  const menu = useRef<HTMLDivElement>(null);
  const used = useRef<string>(undefined);
  const toggle = (id: string) => {
    used.current = id;
    columns.toggle(id);
  };
  useEffect(() => {
    if (used.current !== undefined) menu.current?.querySelector<HTMLElement>(`input[name="${used.current}"]`)?.focus();
    used.current = undefined;
  }, [shown]);
  const hidden = COLUMNS.filter((column) => !shown.includes(column));

  const onGripKey = (event: KeyboardEvent, column: Column, position: number) => {
    const { id, title } = column;
    const to = { ArrowUp: position - 1, ArrowDown: position + 1, Home: 0, End: shown.length - 1 }[event.key];
    const wider = { ArrowLeft: -WIDTH_STEP, ArrowRight: WIDTH_STEP }[event.key];
    if (to === undefined && wider === undefined) return;
    event.preventDefault();
    if (to !== undefined && to >= 0 && to < shown.length) {
      columns.move(id, to);
      announce(
        t('columns.moved', '{{column}} is column {{position}} of {{columns}}', {
          column: title(),
          position: to + 1,
          columns: shown.length,
        }),
      );
    } else if (wider !== undefined) {
      const px = drawnWidth(column, widths) + wider;
      columns.resize(id, px);
      announce(t('columns.resized', '{{column}} is {{px}} pixels wide', { column: title(), px }));
    }
  };
  const dropProps = (id: string, position: number) => ({
    onDragOver: (event: DragEvent) => {
      if (dragged === undefined) return;
      event.preventDefault();
      setOver(id);
    },
    onDrop: (event: DragEvent) => {
      event.preventDefault();
      if (dragged !== undefined) columns.move(dragged, position);
    },
  });
  return (
    <div ref={menu} className={styles.menu} data-testid={testIds.columns.menu}>
      <div className={styles.help} id={HELP_ID}>
        {t(
          'columns.help',
          'Drag to reorder. On a handle, press ↑ or ↓ to move the column, and ← or → to change its width.',
        )}
      </div>
      <ul className={styles.list}>
        {shown.map((column, position) => (
          <li
            key={column.id}
            className={cx(styles.item, over === column.id && styles.over)}
            {...dropProps(column.id, position)}
          >
            <Grip
              column={column}
              onKeyDown={(event) => onGripKey(event, column, position)}
              onDragStart={() => setDragged(column.id)}
              onDragEnd={() => {
                setDragged(undefined);
                setOver(undefined);
              }}
            />
            <Choice column={column} selected disabled={shown.length === 1} onToggle={toggle} />
          </li>
        ))}
      </ul>
      <ul className={cx(styles.list, styles.hidden)}>
        {hidden.map((column) => (
          <li key={column.id} className={styles.item}>
            <Choice column={column} selected={false} onToggle={toggle} />
          </li>
        ))}
      </ul>
      <Button
        variant="secondary"
        size="sm"
        disabled={columns.isDefault}
        onClick={() => {
          columns.reset();
          // The button is disabled now, and a disabled button loses the focus.
          menu.current?.querySelector('button')?.focus();
        }}
        data-testid={testIds.columns.reset}
      >
        {t('columns.reset', 'Reset columns')}
      </Button>
      <div role="status" className="sr-only">
        {announced}
      </div>
    </div>
  );
}

interface GripProps {
  column: Column;
  onKeyDown: (event: KeyboardEvent) => void;
  onDragStart: () => void;
  onDragEnd: () => void;
}

/** The handle that moves and resizes a column. */
function Grip({ column: { id, title }, onKeyDown, onDragStart, onDragEnd }: GripProps) {
  const styles = useStyles2(getStyles);
  return (
    <button
      type="button"
      className={styles.grip}
      draggable
      aria-label={t('columns.grip', 'Move or resize {{column}}', { column: title() })}
      aria-describedby={HELP_ID}
      onKeyDown={onKeyDown}
      onDragStart={({ dataTransfer }) => {
        dataTransfer.effectAllowed = 'move';
        dataTransfer.setData('text/plain', title());
        onDragStart();
      }}
      onDragEnd={onDragEnd}
      data-testid={testIds.columns.grip(id)}
    >
      <Icon name="draggabledots" />
    </button>
  );
}

interface ChoiceProps {
  column: Column;
  selected: boolean;
  disabled?: boolean;
  onToggle: (id: string) => void;
}

function Choice({ column: { id, title }, selected, disabled = false, onToggle }: ChoiceProps) {
  return (
    <Checkbox
      value={selected}
      label={title()}
      disabled={disabled}
      name={id}
      onChange={() => onToggle(id)}
      data-testid={testIds.columns.choice(id)}
    />
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  menu: css({ width: 300 }),
  help: css({ color: theme.colors.text.secondary, fontSize: theme.typography.bodySmall.fontSize }),
  list: css({ listStyle: 'none', margin: theme.spacing(1, 0), maxHeight: '32vh', overflow: 'auto' }),
  hidden: css({
    paddingTop: theme.spacing(1),
    borderTop: `1px solid ${theme.colors.border.weak}`,
    // Aligns with the checkboxes above, which have handles on their left.
    paddingLeft: theme.spacing(3),
  }),
  item: css({ display: 'flex', alignItems: 'center', gap: theme.spacing(0.5), minHeight: 28 }),
  over: css({ background: theme.colors.action.selected }),
  grip: css({
    display: 'inline-flex',
    width: theme.spacing(2.5),
    padding: 0,
    border: 'none',
    background: 'none',
    color: theme.colors.text.secondary,
    borderRadius: theme.shape.radius.default,
    cursor: 'grab',
  }),
});
