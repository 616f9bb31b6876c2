import type { GrafanaTheme2 } from '@grafana/data';

/** Style for the parent of a grey badge. The contrast of Grafana's own grey is too low on a colored background (4.05:1). */
export const readableGrey = ({ colors }: GrafanaTheme2) => ({ '& > div': { color: colors.text.primary } });
