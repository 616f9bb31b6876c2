import React, { type ReactElement, type ReactNode } from 'react';
import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { useStyles2 } from '@grafana/ui';
import { invisiblePieces } from '../format/invisible.ts';

/** A text of an entry to be shown: characters that would not be seen, or that reorder what is beside them, are marked. */
export function shown(text: string): ReactNode {
  return (
    invisiblePieces(text)?.map(({ text: piece, code }, index) =>
      code ? <Invisible key={index} code={code} /> : piece,
    ) ?? text
  );
}

/** The same, kept from reordering its neighbors if it is written from right to left. */
export const isolated = (text: string): ReactElement => <bdi>{shown(text)}</bdi>;

function Invisible({ code }: { code: string }) {
  const styles = useStyles2(getStyles);
  return <span className={styles.mark}>{`⟨${code}⟩`}</span>;
}

const getStyles = (theme: GrafanaTheme2) => ({
  mark: css({
    borderRadius: theme.shape.radius.default,
    background: theme.colors.warning.transparent,
    color: theme.colors.warning.text,
    fontFamily: theme.typography.fontFamilyMonospace,
    fontSize: '0.8em',
    whiteSpace: 'nowrap',
  }),
});
