import type { GrafanaTheme2 } from '@grafana/data';

/** The frame of the panels of the overview: tiles, chart and lists. */
export const panelStyle = (theme: GrafanaTheme2) => ({
  minWidth: 0,
  padding: theme.spacing(1.5, 2),
  border: `1px solid ${theme.colors.border.weak}`,
  borderRadius: theme.shape.radius.default,
  background: theme.colors.background.primary,
});

/** The heading of a panel. */
export const panelTitleStyle = (theme: GrafanaTheme2) => ({
  marginBottom: theme.spacing(1),
  fontSize: theme.typography.body.fontSize,
  fontWeight: theme.typography.fontWeightMedium,
});
