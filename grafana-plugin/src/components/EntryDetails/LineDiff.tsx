import React, { useMemo, useState } from 'react';
import { css, cx } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { t } from '@grafana/i18n';
import { Button, useStyles2 } from '@grafana/ui';
import { isolated } from '../shown.tsx';
import { lineRuns, type Piece } from './changes.ts';

/** Two multi-line texts as one, with removed and added lines marked by sign and color. */
export function LineDiff({ pieces }: { pieces: readonly Piece[] }) {
  const styles = useStyles2(getStyles);
  const [whole, setWhole] = useState(false);
  const runs = useMemo(
    () =>
      whole
        ? pieces.map((piece) => ({ lines: piece.text.replace(/\n$/, '').split('\n'), in: piece.in, hidden: 0 }))
        : lineRuns(pieces),
    [pieces, whole],
  );
  return (
    <div className={styles.lines}>
      {runs.map((run, index) => (
        <React.Fragment key={index}>
          {run.lines.map((line, number) => (
            <Line key={number} text={line} side={run.in} />
          ))}
          {run.hidden > 0 && (
            <Button size="sm" variant="secondary" fill="text" onClick={() => setWhole(true)}>
              {t('changes.hidden', 'Show {{hidden}} unchanged lines', { hidden: run.hidden })}
            </Button>
          )}
        </React.Fragment>
      ))}
    </div>
  );
}

function Line({ text, side }: { text: string; side: Piece['in'] }) {
  const styles = useStyles2(getStyles);
  if (side === 'both') return <div className={styles.line}>{text ? isolated(text) : ' '}</div>;
  const Mark = side === 'before' ? 'del' : 'ins';
  return <Mark className={cx(styles.line, styles[side])}>{text ? isolated(text) : ' '}</Mark>;
}

const getStyles = (theme: GrafanaTheme2) => {
  const sign = (text: string) => ({ '&::before': { content: `"${text}"`, position: 'absolute', left: 4 } as const });
  return {
    lines: css({ fontFamily: theme.typography.fontFamilyMonospace, fontSize: theme.typography.bodySmall.fontSize }),
    line: css({ display: 'block', position: 'relative', paddingLeft: theme.spacing(2.5), textDecoration: 'none' }),
    before: css({ background: theme.colors.error.transparent, ...sign('−') }),
    after: css({ background: theme.colors.success.transparent, ...sign('+') }),
  };
};
