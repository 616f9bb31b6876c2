import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { readableGrey } from '../grey-badge.ts';
import { ellipsis, opener } from './styles.ts';

/** The content of cells. All closed rows have the same height, so their text is cut. An open row shows all of it. */
export const getCellStyles = (theme: GrafanaTheme2) => {
  const small = { color: theme.colors.text.secondary, fontSize: theme.typography.bodySmall.fontSize } as const;
  const whole = { '[data-open] &': { whiteSpace: 'normal', overflowWrap: 'anywhere', display: 'block' } } as const;
  const twoLines = { display: '-webkit-box', WebkitBoxOrient: 'vertical', WebkitLineClamp: 2 } as const;
  return {
    text: css({
      overflow: 'hidden',
      overflowWrap: 'anywhere',
      '[data-density="comfortable"] &': twoLines,
      '[data-density="compact"] &': ellipsis,
      ...whole,
    }),
    // Two lines, or one with both side by side.
    lines: css({
      minWidth: 0,
      display: 'flex',
      '[data-density="comfortable"] &, [data-open] &': { flexDirection: 'column' },
      '[data-density="compact"] &': { columnGap: theme.spacing(1) },
    }),
    pair: css({
      display: 'flex',
      alignItems: 'center',
      gap: theme.spacing(0.5),
      minWidth: 0,
      flexShrink: 0,
      maxWidth: '100%',
    }),
    line: css({ ...ellipsis, ...whole }),
    second: css({ ...ellipsis, ...small, ...whole }),
    tabular: css({ fontVariantNumeric: 'tabular-nums', whiteSpace: 'nowrap', fontSize: 13, letterSpacing: 0 }),
    age: css({ ...ellipsis, ...small, '[data-density="compact"] &': { display: 'none' } }),
    badge: css({ ...ellipsis, flexShrink: 0, lineHeight: '18px', maxWidth: '100%' }),
    greyBadge: css({
      ...ellipsis,
      flexShrink: 0,
      lineHeight: '18px',
      maxWidth: '100%',
      ...readableGrey(theme),
    }),
    mark: css({ verticalAlign: '-2px', marginRight: 4, fill: 'none', stroke: 'currentcolor', strokeWidth: 1.75 }),
    success: css({ whiteSpace: 'nowrap', color: theme.colors.success.text }),
    failure: css({
      whiteSpace: 'nowrap',
      color: theme.colors.error.text,
      fontWeight: theme.typography.fontWeightMedium,
    }),
    unknown: css({ whiteSpace: 'nowrap', color: theme.colors.text.secondary }),
    info: css({ display: 'flex', alignItems: 'flex-start', minWidth: 0 }),
    expander: css({
      flexShrink: 0,
      width: 20,
      height: 20,
      padding: 0,
      border: 'none',
      borderRadius: theme.shape.radius.default,
      background: 'none',
      color: theme.colors.text.link,
      '&:hover': { background: theme.colors.action.hover },
      ...opener('::before', '0 2px 1px 0'),
    }),
    code: css({
      minWidth: 0,
      padding: 0,
      border: 'none',
      background: 'none',
      color: 'inherit',
      fontSize: theme.typography.bodySmall.fontSize,
      overflow: 'hidden',
      overflowWrap: 'anywhere',
      whiteSpace: 'normal',
      '[data-density="comfortable"] &': twoLines,
      '[data-density="compact"] &': { ...ellipsis, display: 'block' },
      '[data-open] &': { ...whole['[data-open] &'], whiteSpace: 'pre-wrap' },
    }),
  };
};
