import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';

export type TableStyles = ReturnType<typeof getTableStyles>;

/** Fixed column widths: nothing moves sideways while data arrives. */
export const getTableStyles = (theme: GrafanaTheme2) => ({
  frame: css({
    position: 'relative',
    overflowX: 'auto',
    border: `1px solid ${theme.colors.border.weak}`,
    borderRadius: theme.shape.radius.default,
    background: theme.colors.background.primary,
  }),
  stale: css({ opacity: 0.5 }),
  bar: css({ height: 1 }),
  table: css({
    width: '100%',
    minWidth: 920,
    tableLayout: 'fixed',
    borderCollapse: 'collapse',
    th: {
      padding: theme.spacing(1),
      textAlign: 'left',
      fontWeight: theme.typography.fontWeightMedium,
      fontSize: theme.typography.bodySmall.fontSize,
      color: theme.colors.text.secondary,
      whiteSpace: 'nowrap',
    },
    td: { padding: theme.spacing(0.75, 1), verticalAlign: 'top' },
  }),
  row: css({
    height: theme.spacing(7),
    borderTop: `1px solid ${theme.colors.border.weak}`,
    cursor: 'pointer',
    '&:hover': { background: theme.colors.background.secondary },
  }),
  rowOpen: css({ background: theme.colors.background.secondary }),
  detailsRow: css({ background: theme.colors.background.secondary, '&& > td': { padding: 0 } }),
  clamp: css({
    display: '-webkit-box',
    WebkitBoxOrient: 'vertical',
    WebkitLineClamp: 2,
    overflow: 'hidden',
    overflowWrap: 'anywhere',
  }),
  problem: css({ color: theme.colors.warning.text }),
  rawLine: css({
    fontFamily: theme.typography.fontFamilyMonospace,
    fontSize: theme.typography.bodySmall.fontSize,
    color: theme.colors.text.secondary,
    overflow: 'hidden',
    textOverflow: 'ellipsis',
    whiteSpace: 'nowrap',
  }),
  columns: {
    expand: css({ width: 36 }),
    when: css({ width: 172 }),
    actor: css({ width: '16%' }),
    action: css({ width: '15%' }),
    target: css({ width: '12%' }),
    result: css({ width: 96 }),
    // The longest IPv4 address stands on one line.
    ip: css({ width: 132 }),
  },
  foot: css({
    display: 'flex',
    justifyContent: 'center',
    alignItems: 'center',
    gap: theme.spacing(2),
    minHeight: theme.spacing(7),
    padding: theme.spacing(1),
    borderTop: `1px solid ${theme.colors.border.weak}`,
    color: theme.colors.text.secondary,
  }),
  filler: css({
    minHeight: 320,
    display: 'grid',
    placeItems: 'center',
    borderTop: `1px solid ${theme.colors.border.weak}`,
  }),
  skeleton: css({
    display: 'inline-block',
    width: '70%',
    height: theme.spacing(1.5),
    borderRadius: theme.shape.radius.default,
    background: theme.colors.background.secondary,
  }),
});
