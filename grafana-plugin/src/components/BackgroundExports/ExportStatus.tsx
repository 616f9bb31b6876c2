import React from 'react';
import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { t } from '@grafana/i18n';
import { Badge, useStyles2, type BadgeColor } from '@grafana/ui';
import type { BackgroundExport } from '../../data/keeper.ts';
import { visible } from '../../format/invisible.ts';
import { useTimeZone } from '../../state/time-zone.ts';
import { usePersonalData } from '../PersonalData/PersonalData.tsx';
import { readableGrey } from '../grey-badge.ts';
import { toMinute } from './times.ts';

const STATUS: Record<BackgroundExport['status'], () => { text: string; color: BadgeColor }> = {
  queued: () => ({ text: t('exports.queued', 'Queued'), color: 'darkgrey' }),
  running: () => ({ text: t('exports.running', 'Running'), color: 'blue' }),
  completed: () => ({ text: t('exports.completed', 'Completed'), color: 'green' }),
  failed: () => ({ text: t('exports.failed-status', 'Failed'), color: 'red' }),
  cancelled: () => ({ text: t('exports.cancelled', 'Cancelled'), color: 'darkgrey' }),
  expired: () => ({ text: t('exports.expired', 'Expired'), color: 'darkgrey' }),
};

/** The status of an export: progress, when its files expire, or why it failed. */
export function ExportStatus({ one }: { one: BackgroundExport }) {
  const styles = useStyles2(getStyles);
  const zone = useTimeZone();
  const { mask } = usePersonalData();
  const { status, progress, error, expiresAt } = one;
  const { text, color } = STATUS[status]();
  const percent = progress && Math.floor(progress.done * 100);
  return (
    <>
      <span className={color === 'darkgrey' ? styles.grey : undefined}>
        <Badge text={percent === undefined ? text : `${text} ${percent} %`} color={color} />
      </span>
      {status === 'running' && (
        <progress
          className={styles.bar}
          aria-label={text}
          {...(percent !== undefined && { value: percent, max: 100 })}
        />
      )}
      {status === 'completed' && expiresAt !== undefined && (
        <div className={styles.secondary} title={toMinute(expiresAt, zone)}>
          {t('exports.until', 'until {{time}}', { time: toMinute(expiresAt, zone).slice(0, 10) })}
        </div>
      )}
      {error && <div className={styles.secondary}>{visible(mask('text', error.message))}</div>}
    </>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  grey: css(readableGrey(theme)),
  bar: css({
    display: 'block',
    width: '100%',
    maxWidth: 120,
    marginTop: theme.spacing(0.5),
    accentColor: theme.colors.primary.main,
  }),
  secondary: css({ color: theme.colors.text.secondary, fontSize: theme.typography.bodySmall.fontSize }),
});
