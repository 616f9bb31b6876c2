import type { GrafanaTheme2 } from '@grafana/data';

/** Style of what holds a grey badge: Grafana's own grey is too faint on a ground that is not white (4.05:1). */
export const readableGrey = ({ colors }: GrafanaTheme2) => ({ '& > div': { color: colors.text.primary } });
