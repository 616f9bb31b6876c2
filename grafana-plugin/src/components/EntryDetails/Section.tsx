import React, { type ReactNode } from 'react';
import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { useStyles2 } from '@grafana/ui';

interface Props {
  title: string;
  /** Small text beside the title. */
  note?: string;
  /** Buttons on the right. */
  actions?: ReactNode;
  children: ReactNode;
}

/** A part of an entry's details with a heading. */
export function Section({ title, note, actions, children }: Props) {
  const styles = useStyles2(getStyles);
  return (
    <section className={styles.section} aria-label={title}>
      <div className={styles.head}>
        <h4 className={styles.title}>{title}</h4>
        {note && <span className={styles.note}>{note}</span>}
        <span className={styles.gap} />
        {actions}
      </div>
      {children}
    </section>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  section: css({ minWidth: 0 }),
  head: css({
    display: 'flex',
    flexWrap: 'wrap',
    alignItems: 'baseline',
    columnGap: theme.spacing(1),
    marginBottom: theme.spacing(0.5),
  }),
  title: css({ ...theme.typography.h6, margin: 0 }),
  note: css({ color: theme.colors.text.secondary, fontSize: theme.typography.bodySmall.fontSize }),
  gap: css({ flex: 1 }),
});
