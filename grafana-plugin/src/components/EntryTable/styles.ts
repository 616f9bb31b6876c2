import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { HEAD_HEIGHT, ROW_HEIGHT } from './density.ts';

export type TableStyles = ReturnType<typeof getTableStyles>;

/** The CSS variable of the table for the grid tracks of its rows. */
export const TRACKS = '--auditrail-columns';

/** CSS variable with the width of the table's visible part. */
export const VISIBLE_WIDTH = '--auditrail-visible-width';

/**
 * Background of a hovered or open row. On Grafana's own, the contrast of secondary text is only 4.15:1.
 */
export const rowHighlight = (theme: GrafanaTheme2): string =>
  theme.colors.emphasize(theme.colors.background.primary, 0.03);

export const ellipsis = { overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap' } as const;

const rowButton = (theme: GrafanaTheme2) =>
  ({
    padding: theme.spacing(0.25, 1),
    border: 'none',
    borderRadius: theme.shape.radius.default,
    background: 'inherit',
    color: theme.colors.text.link,
    fontSize: theme.typography.bodySmall.fontSize,
    lineHeight: '22px',
    whiteSpace: 'nowrap',
    '&:hover': { textDecoration: 'underline' },
  }) as const;

/** An angle that points right, or down if expanded. */
export const opener = (element: '::before' | '::after', margin: string) =>
  ({
    [`&${element}`]: {
      content: '""',
      display: 'inline-block',
      width: 6,
      height: 6,
      margin,
      borderRight: '1.5px solid currentcolor',
      borderBottom: '1.5px solid currentcolor',
      transform: 'rotate(-45deg)',
    },
    [`&[aria-expanded="true"]${element}`]: { transform: 'rotate(45deg)' },
  }) as const;

const rowBase = (theme: GrafanaTheme2) =>
  ({
    position: 'absolute',
    top: 0,
    left: 0,
    width: '100%',
    borderBottom: `1px solid ${theme.colors.border.weak}`,
    background: theme.colors.background.primary,
    cursor: 'pointer',
    '&:hover, &[data-open]': { background: rowHighlight(theme) },
    '&:focus-visible': { outline: `2px solid ${theme.colors.primary.border}`, outlineOffset: -2 },
  }) as const;

const frameStyles = (theme: GrafanaTheme2) => ({
  frame: css({
    position: 'relative',
    border: `1px solid ${theme.colors.border.weak}`,
    borderRadius: theme.shape.radius.default,
    background: theme.colors.background.primary,
    overflow: 'hidden',
  }),
  bar: css({ position: 'absolute', top: 0, left: 0, right: 0, zIndex: 3 }),
  // The table itself keeps the scroll position when rows are added above.
  scroller: css({
    height: '100%',
    overflow: 'auto',
    overflowAnchor: 'none',
    scrollbarGutter: 'stable',
    // Text on an opaque background scrolls without repainting.
    background: theme.colors.background.primary,
  }),
  grid: css({ position: 'relative' }),
  stale: css({ opacity: 0.5 }),
  foot: css({
    position: 'sticky',
    left: 0,
    display: 'flex',
    justifyContent: 'center',
    alignItems: 'center',
    gap: theme.spacing(2),
    padding: theme.spacing(1.5),
    color: theme.colors.text.secondary,
  }),
  filler: css({ position: 'sticky', left: 0, minHeight: 320, display: 'grid', placeItems: 'center' }),
  skeleton: css({
    display: 'inline-block',
    width: '70%',
    height: theme.spacing(1.5),
    borderRadius: theme.shape.radius.default,
    background: theme.colors.background.secondary,
  }),
});

const headStyles = (theme: GrafanaTheme2) => ({
  head: css({
    position: 'sticky',
    top: 0,
    zIndex: 2,
    height: HEAD_HEIGHT,
    display: 'grid',
    gridTemplateColumns: `var(${TRACKS})`,
    background: theme.colors.background.primary,
    borderBottom: `1px solid ${theme.colors.border.weak}`,
  }),
  headCell: css({
    position: 'relative',
    display: 'flex',
    alignItems: 'center',
    gap: theme.spacing(0.5),
    minWidth: 0,
    padding: theme.spacing(0, 1),
    fontWeight: theme.typography.fontWeightMedium,
    fontSize: theme.typography.bodySmall.fontSize,
    color: theme.colors.text.secondary,
  }),
  headTitle: css({ ...ellipsis, cursor: 'grab' }),
  dropBefore: css({ boxShadow: `inset 2px 0 ${theme.colors.primary.border}` }),
  order: css({
    display: 'inline-flex',
    padding: 0,
    border: 'none',
    background: 'none',
    color: 'inherit',
    borderRadius: theme.shape.radius.default,
  }),
  handle: css({
    position: 'absolute',
    top: 0,
    right: -4,
    bottom: 0,
    width: 9,
    zIndex: 1,
    cursor: 'col-resize',
    touchAction: 'none',
    '&::after': {
      content: '""',
      position: 'absolute',
      inset: '8px 4px',
      background: theme.colors.border.medium,
    },
    '&:hover::after, &:focus-visible::after, &:active::after': {
      background: theme.colors.primary.border,
      inset: '0 3px',
    },
  }),
});

const rowStyles = (theme: GrafanaTheme2) => ({
  body: css({ position: 'relative' }),
  skeletonRow: css({ position: 'relative', height: ROW_HEIGHT.comfortable }),
  comfortable: css({ ...rowBase(theme), height: ROW_HEIGHT.comfortable }),
  compact: css({ ...rowBase(theme), height: ROW_HEIGHT.compact }),
  // An open row is as high as its content.
  open: css({ ...rowBase(theme), height: 'auto' }),
  cells: css({
    display: 'grid',
    gridTemplateColumns: `var(${TRACKS})`,
    background: 'inherit',
    '[data-density="comfortable"] &': { minHeight: ROW_HEIGHT.comfortable - 1 },
    '[data-density="compact"] &': { minHeight: ROW_HEIGHT.compact - 1 },
  }),
  cell: css({
    minWidth: 0,
    overflow: 'hidden',
    padding: theme.spacing(0, 1),
    lineHeight: '20px',
    '[data-density="comfortable"] &': { paddingTop: 3, paddingBottom: 3, lineHeight: '19px' },
    '[data-density="compact"] &': { paddingTop: 4, paddingBottom: 4 },
  }),
  buttons: css({
    gridColumn: -2,
    position: 'relative',
    // Only if the table scrolls sideways: sticky elements cost a layout per row and frame.
    '[data-wide] &': { position: 'sticky', right: 0 },
    display: 'flex',
    justifyContent: 'flex-end',
    alignItems: 'flex-start',
    background: 'inherit',
    '[data-density="comfortable"] &': { paddingTop: 10 },
    '[data-density="compact"] &': { paddingTop: 1 },
  }),
  chevron: css({
    ...rowButton(theme),
    ...opener('::after', '0 2px 2px 6px'),
  }),
  // Beside the Details button, over the end of the text, for the hovered or focused row.
  preview: css({
    ...rowButton(theme),
    position: 'absolute',
    right: '100%',
    top: 0,
    bottom: 0,
    borderRadius: 0,
    visibility: 'hidden',
    '[role="row"]:hover &, [role="row"]:focus-within &': { visibility: 'visible' },
    '[data-open] &&': { display: 'none' },
  }),
  // The table can be wider than its visible part.
  details: css({
    position: 'sticky',
    left: 0,
    width: `var(${VISIBLE_WIDTH})`,
    cursor: 'auto',
    borderTop: `1px solid ${theme.colors.border.weak}`,
  }),
  problem: css({ ...ellipsis, color: theme.colors.warning.text }),
  rawLine: css({
    ...ellipsis,
    fontFamily: theme.typography.fontFamilyMonospace,
    fontSize: theme.typography.bodySmall.fontSize,
    color: theme.colors.text.secondary,
    '[data-density="compact"] &': { display: 'none' },
  }),
});

/**
 * Column widths do not depend on the data, so that nothing moves sideways while it arrives. Each part of a row has a single
 * class: joining classes costs more than rendering a cell.
 */
export const getTableStyles = (theme: GrafanaTheme2) => ({
  ...frameStyles(theme),
  ...headStyles(theme),
  ...rowStyles(theme),
});
