import React from 'react';
import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { t } from '@grafana/i18n';
import { Button, Icon, useStyles2 } from '@grafana/ui';
import { AS_TEXT } from '../../format/as-text.ts';
import { absoluteTime, zoneName } from '../../format/when.ts';
import { useTimeZone } from '../../state/time-zone.ts';
import { testIds } from '../testIds.ts';
import { usePersonalData } from './PersonalData.tsx';

/** States that personal data is masked, or until when it is revealed. Not shown to users who always see it. */
export function MaskNotice() {
  const styles = useStyles2(getStyles);
  const zone = useTimeZone();
  const { masked, revealedUntil, reveal, hide } = usePersonalData();
  if (!masked && revealedUntil === undefined) return null;
  return (
    <div className={styles.notice} role="status" data-testid={testIds.personal.notice}>
      <Icon name={masked ? 'eye-slash' : 'eye'} />
      {revealedUntil === undefined
        ? t('mask.masked', 'Personal data is masked')
        : t('mask.revealed', 'Personal data is revealed until {{time}} {{zone}}', {
            time: absoluteTime(BigInt(revealedUntil) * 1_000_000n, zone).slice(11, 16),
            zone: zoneName(zone),
            ...AS_TEXT,
          })}
      <Button
        size="sm"
        variant="secondary"
        fill="text"
        onClick={() => (masked ? reveal() : hide())}
        data-testid={testIds.personal.toggle}
      >
        {masked ? t('mask.reveal', 'Reveal…') : t('mask.hide', 'Mask again')}
      </Button>
    </div>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  notice: css({ display: 'flex', alignItems: 'center', gap: theme.spacing(1), color: theme.colors.text.secondary }),
});
