import type { GrafanaTheme2 } from '@grafana/data';

/** The colors of outcomes in the chart. */
export const chartColors = (theme: GrafanaTheme2) => ({
  success: theme.visualization.getColorByName('green'),
  failure: theme.visualization.getColorByName('red'),
});
