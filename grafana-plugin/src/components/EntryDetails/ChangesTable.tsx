import React, { useEffect, useMemo, useState } from 'react';
import { css } from '@emotion/css';
import type { Change } from '@auditrail/core';
import type { GrafanaTheme2 } from '@grafana/data';
import { t } from '@grafana/i18n';
import { Badge, useStyles2, type BadgeColor } from '@grafana/ui';
import { isolated, shown } from '../shown.tsx';
import { testIds } from '../testIds.ts';
import { LineDiff } from './LineDiff.tsx';
import { showChange, type ChangeKind, type Differ, type ShownChange } from './changes.ts';
import { Section } from './Section.tsx';

/** The changes: each path with its values before and after, with the differences highlighted. */
export function ChangesTable({ changes }: { changes: readonly Change[] }) {
  const styles = useStyles2(getStyles);
  const differ = useDiffer();
  const shown = useMemo(() => changes.map((change) => showChange(change, differ)), [changes, differ]);
  return (
    <Section title={t('changes.title', 'Changes')}>
      <table className={styles.table} data-testid={testIds.details.changes}>
        <thead>
          <tr>
            <th>{t('changes.field', 'Field')}</th>
            <th>{t('changes.before', 'Before')}</th>
            <th>{t('changes.after', 'After')}</th>
          </tr>
        </thead>
        <tbody>
          {shown.map((change, index) => (
            <tr key={index}>
              <th scope="row">
                {isolated(change.path)} <KindBadge kind={change.kind} />
              </th>
              {change.layout === 'lines' ? (
                <td colSpan={2}>
                  <LineDiff pieces={change.pieces} />
                </td>
              ) : (
                <>
                  <Side change={change} side="before" />
                  <Side change={change} side="after" />
                </>
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </Section>
  );
}

// The code that compares texts is loaded on demand. Until then, both texts are shown without highlights.
function useDiffer(): Differ | undefined {
  const [differ, setDiffer] = useState<Differ>();
  useEffect(() => {
    let gone = false;
    import('./diff.ts').then(
      (module) => !gone && setDiffer(() => module.differ),
      // The values are shown anyway; only the highlights are missing.
      () => {},
    );
    return () => {
      gone = true;
    };
  }, []);
  return differ;
}

function Side({ change: { kind, pieces }, side }: { change: ShownChange; side: 'before' | 'after' }) {
  const styles = useStyles2(getStyles);
  if (kind === (side === 'before' ? 'added' : 'removed')) {
    return (
      <td>
        <span className={styles.none}>{t('changes.none', 'not set')}</span>
      </td>
    );
  }
  const Mark = side === 'before' ? 'del' : 'ins';
  return (
    <td dir="auto">
      {pieces
        .filter((piece) => piece.in === 'both' || piece.in === side)
        .map((piece, index) =>
          piece.in === 'both' ? (
            <span key={index}>{shown(piece.text)}</span>
          ) : (
            <Mark key={index} className={styles[side]}>
              {shown(piece.text)}
            </Mark>
          ),
        )}
    </td>
  );
}

const COLORS: Record<ChangeKind, BadgeColor> = { added: 'green', removed: 'red', changed: 'blue' };

function KindBadge({ kind }: { kind: ChangeKind }) {
  const text = {
    added: t('changes.added', 'added'),
    removed: t('changes.removed', 'removed'),
    changed: t('changes.changed', 'changed'),
  }[kind];
  return <Badge text={text} color={COLORS[kind]} />;
}

const getStyles = (theme: GrafanaTheme2) => ({
  // Overrides the outer table's styles for cells.
  table: css({
    width: '100%',
    tableLayout: 'fixed',
    '&& th, && td': {
      padding: theme.spacing(0.5, 1),
      borderBottom: `1px solid ${theme.colors.border.weak}`,
      textAlign: 'left',
      verticalAlign: 'top',
      whiteSpace: 'pre-wrap',
      overflowWrap: 'anywhere',
    },
    '&& th:first-child': { width: '24%' },
    '&& tbody th': { fontFamily: theme.typography.fontFamilyMonospace, color: theme.colors.text.primary },
  }),
  before: css({ padding: theme.spacing(0, 0.25), background: theme.colors.error.transparent }),
  after: css({
    padding: theme.spacing(0, 0.25),
    background: theme.colors.success.transparent,
    textDecoration: 'none',
  }),
  none: css({ color: theme.colors.text.secondary, fontStyle: 'italic' }),
});
