import React, { type ReactElement, type ReactNode } from 'react';
import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { useStyles2 } from '@grafana/ui';
import { invisiblePieces } from '../format/invisible.ts';

/** A text of an entry, with markers for characters that are invisible or that reorder their neighbors. */
export function shown(text: string): ReactNode {
  return (
    invisiblePieces(text)?.map(({ text: piece, code }, index) =>
      code ? <Invisible key={index} code={code} /> : piece,
    ) ?? text
  );
}

/** The same, isolated so that right-to-left text does not reorder its neighbors. */
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
