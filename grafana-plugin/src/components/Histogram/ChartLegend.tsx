import React from 'react';
import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { t } from '@grafana/i18n';
import { Button, useStyles2 } from '@grafana/ui';
import { testIds } from '../testIds.ts';
import { chartColors } from './chart-colors.ts';

/** The legend of the chart, and the button to zoom out. */
export function ChartLegend({ onZoomOut }: { onZoomOut: () => void }) {
  const styles = useStyles2(getStyles);
  return (
    <span className={styles.legend}>
      <i className={styles.success} /> {t('histogram.success', 'success')}
      <i className={styles.failure} /> {t('histogram.failure', 'failure')}
      <Button size="sm" fill="text" icon="search-minus" onClick={onZoomOut} data-testid={testIds.histogram.zoomOut}>
        {t('histogram.zoom-out', 'Zoom out')}
      </Button>
    </span>
  );
}

const getStyles = (theme: GrafanaTheme2) => {
  const { success, failure } = chartColors(theme);
  const key = { display: 'inline-block', width: 10, height: 10, borderRadius: theme.shape.radius.default };
  return {
    legend: css({
      display: 'flex',
      alignItems: 'center',
      gap: theme.spacing(0.75),
      color: theme.colors.text.secondary,
      fontSize: theme.typography.bodySmall.fontSize,
    }),
    success: css({ ...key, background: success }),
    failure: css({ ...key, background: failure, marginLeft: theme.spacing(1) }),
  };
};
