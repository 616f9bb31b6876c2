import React, { useEffect, useId, useRef, useState, type KeyboardEvent } from 'react';
import { css, cx } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { Icon, Input, useStyles2 } from '@grafana/ui';
import { visible } from '../../format/invisible.ts';
import { shown } from '../shown.tsx';
import { testIds } from '../testIds.ts';
import { useInitialFocus } from './use-initial-focus.ts';

export interface Choice {
  value: string;
  label: string;
  /** Text beside the label: the number of entries, or why the choice is disabled. */
  detail?: string;
  selected?: boolean;
  disabled?: boolean;
}

interface Props {
  /** Label for screen readers. */
  label: string;
  placeholder: string;
  choices: readonly Choice[];
  typed: string;
  onType: (typed: string) => void;
  onChoose: (choice: Choice) => void;
  /** Choices are still loading: the first Enter waits for them, the second selects from the current ones. */
  pending?: boolean;
  /** Whether several choices can be selected. */
  multiple?: boolean;
}

/**
 * A text field with a list: type to narrow, arrows to move, Enter to select. It is ARIA's editable combobox with a list that
 * is always open. The field keeps the focus and the typed text.
 *
 * @see https://www.w3.org/WAI/ARIA/apg/patterns/combobox/
 */
export function ChoiceList({
  label,
  placeholder,
  choices: current,
  typed,
  onType,
  onChoose,
  pending = false,
  multiple = false,
}: Props) {
  const styles = useStyles2(getStyles);
  const id = useId();
  const [at, setAt] = useState(0);
  // While the mouse button is down, the list does not change: a click would have no effect, or on another choice.
  const [held, setHeld] = useState<readonly Choice[]>();
  const choices = held ?? current;
  useEffect(() => {
    if (!held) return;
    // The click follows the release.
    const release = () => setTimeout(() => setHeld(undefined));
    window.addEventListener('mouseup', release, { once: true });
    return () => window.removeEventListener('mouseup', release);
  }, [held]);
  const active = Math.min(at, choices.length - 1);
  const input = useInitialFocus();
  const list = useRef<HTMLUListElement>(null);
  useEffect(() => {
    list.current?.children[active]?.scrollIntoView?.({ block: 'nearest' });
  }, [active]);

  const waits = useRef(false);
  const choose = () => {
    const choice = choices[active];
    if (choice && !choice.disabled) onChoose(choice);
  };
  const chooseNow = useRef(choose);
  useEffect(() => {
    chooseNow.current = choose;
  });
  useEffect(() => {
    if (!waits.current || pending) return;
    waits.current = false;
    chooseNow.current();
  }, [pending]);

  const onKeyDown = (event: KeyboardEvent) => {
    const moves: Record<string, number> = {
      ...{ ArrowDown: active + 1, ArrowUp: active - 1, PageDown: active + 8, PageUp: active - 8 },
    };
    const to = moves[event.key];
    if (to !== undefined) {
      event.preventDefault();
      setAt(Math.max(0, Math.min(choices.length - 1, to)));
    } else if (event.key === 'Enter') {
      event.preventDefault();
      waits.current = pending && !waits.current;
      if (!waits.current) choose();
    }
  };

  return (
    <div>
      <Input
        ref={input}
        value={typed}
        placeholder={placeholder}
        prefix={<Icon name="search" />}
        role="combobox"
        aria-label={label}
        aria-expanded
        aria-autocomplete="list"
        aria-controls={id}
        aria-activedescendant={choices.length > 0 ? `${id}-${active}` : undefined}
        onChange={(event) => {
          setAt(0);
          waits.current = false;
          onType(event.currentTarget.value);
        }}
        onKeyDown={onKeyDown}
        data-testid={testIds.filters.typed}
      />
      <ul ref={list} className={styles.list} id={id} role="listbox" aria-label={label} aria-multiselectable={multiple}>
        {choices.map((choice, i) => (
          // Keys are handled by the field above, as the ARIA pattern requires.
          <li
            key={choice.value}
            id={`${id}-${i}`}
            role="option"
            aria-selected={choice.selected ?? false}
            aria-disabled={choice.disabled ?? false}
            className={cx(styles.choice, i === active && styles.active, choice.disabled && styles.disabled)}
            title={visible(choice.label)}
            // The field keeps the focus.
            onMouseDown={(event) => {
              event.preventDefault();
              setHeld(choices);
            }}
            onMouseMove={() => setAt(i)}
            onClick={() => !choice.disabled && onChoose(choice)}
          >
            <span className={styles.mark}>{choice.selected && <Icon name="check" />}</span>
            <span className={styles.label} dir="auto">
              {shown(choice.label)}
            </span>
            {choice.detail !== undefined && <span className={styles.detail}>{choice.detail}</span>}
          </li>
        ))}
      </ul>
    </div>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  list: css({ listStyle: 'none', margin: theme.spacing(1, 0, 0), maxHeight: 280, overflowY: 'auto' }),
  choice: css({
    display: 'flex',
    alignItems: 'center',
    gap: theme.spacing(1),
    padding: theme.spacing(0.5, 1),
    borderRadius: theme.shape.radius.default,
    cursor: 'pointer',
    '&[aria-selected=true]': { fontWeight: theme.typography.fontWeightMedium },
  }),
  active: css({
    background: theme.colors.action.hover,
    outline: `1px solid ${theme.colors.border.medium}`,
    // On this background, the contrast of secondary text is too low.
    '& > span': { color: theme.colors.text.primary },
  }),
  disabled: css({ color: theme.colors.text.secondary, cursor: 'not-allowed' }),
  mark: css({ display: 'inline-flex', width: theme.spacing(2) }),
  label: css({ flex: 1, overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'pre' }),
  detail: css({ color: theme.colors.text.secondary, fontVariantNumeric: 'tabular-nums', whiteSpace: 'nowrap' }),
});
