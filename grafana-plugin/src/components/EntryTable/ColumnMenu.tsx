import React, { useEffect, useRef, useState, type DragEvent, type KeyboardEvent } from 'react';
import { css, cx } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { t } from '@grafana/i18n';
import { Button, Checkbox, Icon, useStyles2 } from '@grafana/ui';
import { testIds } from '../testIds.ts';
import { COLUMNS, type Column } from './columns.tsx';
import { drawnWidth, WIDTH_STEP } from './ResizeHandle.tsx';
import { useColumns } from './use-columns.ts';

/** Chooses columns and their order and width, by mouse and by keyboard. */
export default function ColumnMenu() {
  const styles = useStyles2(getStyles);
  const columns = useColumns();
  const { shown, widths } = columns;
  const [dragged, setDragged] = useState<string>();
  const [over, setOver] = useState<string>();
  const [told, tell] = useState('');
  // A box goes to the other list when it is used: the keyboard goes with it.
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

  const onGripKey = (event: KeyboardEvent, column: Column, place: number) => {
    const { id, title } = column;
    const to = { ArrowUp: place - 1, ArrowDown: place + 1, Home: 0, End: shown.length - 1 }[event.key];
    const wider = { ArrowLeft: -WIDTH_STEP, ArrowRight: WIDTH_STEP }[event.key];
    if (to === undefined && wider === undefined) return;
    event.preventDefault();
    if (to !== undefined && to >= 0 && to < shown.length) {
      columns.move(id, to);
      tell(
        t('columns.moved', '{{column}} is column {{position}} of {{columns}}', {
          column: title(),
          position: to + 1,
          columns: shown.length,
        }),
      );
    } else if (wider !== undefined) {
      const px = drawnWidth(column, widths) + wider;
      columns.resize(id, px);
      tell(t('columns.resized', '{{column}} is {{px}} pixels wide', { column: title(), px }));
    }
  };
  const dropProps = (id: string, place: number) => ({
    onDragOver: (event: DragEvent) => {
      if (dragged === undefined) return;
      event.preventDefault();
      setOver(id);
    },
    onDrop: (event: DragEvent) => {
      event.preventDefault();
      if (dragged !== undefined) columns.move(dragged, place);
    },
  });
  return (
    <div ref={menu} className={styles.menu} data-testid={testIds.columns.menu}>
      <div className={styles.help} id="auditrail-columns-help">
        {t(
          'columns.help',
          'Drag to reorder. On a handle, press ↑ or ↓ to move the column, and ← or → to change its width.',
        )}
      </div>
      <ul className={styles.list}>
        {shown.map((column, place) => (
          <li
            key={column.id}
            className={cx(styles.item, over === column.id && styles.over)}
            {...dropProps(column.id, place)}
          >
            <button
              type="button"
              className={styles.grip}
              draggable
              aria-label={t('columns.grip', 'Move or resize {{column}}', { column: column.title() })}
              aria-describedby="auditrail-columns-help"
              onKeyDown={(event) => onGripKey(event, column, place)}
              onDragStart={(event) => {
                event.dataTransfer.effectAllowed = 'move';
                event.dataTransfer.setData('text/plain', column.title());
                setDragged(column.id);
              }}
              onDragEnd={() => {
                setDragged(undefined);
                setOver(undefined);
              }}
              data-testid={testIds.columns.grip(column.id)}
            >
              <Icon name="draggabledots" />
            </button>
            <Checkbox
              value
              label={column.title()}
              disabled={shown.length === 1}
              name={column.id}
              onChange={() => toggle(column.id)}
              data-testid={testIds.columns.choice(column.id)}
            />
          </li>
        ))}
      </ul>
      <ul className={cx(styles.list, styles.hidden)}>
        {hidden.map(({ id, title }) => (
          <li key={id} className={styles.item}>
            <Checkbox
              value={false}
              label={title()}
              name={id}
              onChange={() => toggle(id)}
              data-testid={testIds.columns.choice(id)}
            />
          </li>
        ))}
      </ul>
      <Button
        variant="secondary"
        size="sm"
        disabled={columns.isDefault}
        onClick={() => {
          columns.reset();
          // The button has nothing to do any more, and what cannot be pressed loses the keyboard.
          menu.current?.querySelector('button')?.focus();
        }}
        data-testid={testIds.columns.reset}
      >
        {t('columns.reset', 'Reset columns')}
      </Button>
      <div role="status" className="sr-only">
        {told}
      </div>
    </div>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  menu: css({ width: 300 }),
  help: css({ color: theme.colors.text.secondary, fontSize: theme.typography.bodySmall.fontSize }),
  list: css({ listStyle: 'none', margin: theme.spacing(1, 0), maxHeight: '32vh', overflow: 'auto' }),
  hidden: css({
    paddingTop: theme.spacing(1),
    borderTop: `1px solid ${theme.colors.border.weak}`,
    // In line with the checkboxes above, which have handles before them.
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
