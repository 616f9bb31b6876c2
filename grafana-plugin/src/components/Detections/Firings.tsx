import React, { useState } from 'react';
import { css } from '@emotion/css';
import { msToNs } from '@auditrail/core';
import { labelOf, WHO_FIELD, WHO_LABEL, type Firing, type Rule } from '@auditrail/core/detections';
import type { GrafanaTheme2 } from '@grafana/data';
import { t } from '@grafana/i18n';
import { Button, Text, useStyles2 } from '@grafana/ui';
import { absoluteTime, zoneName } from '../../format/when.ts';
import { useTimeZone } from '../../state/time-zone.ts';
import type { PersonalKind } from '../PersonalData/mask.ts';
import { usePersonalData } from '../PersonalData/PersonalData.tsx';
import { PathLink } from '../PathLink.tsx';
import { isolated } from '../shown.tsx';
import { testIds } from '../testIds.ts';
import { firingPath } from './links.ts';

const SHOWN = 10;

const KINDS: Readonly<Record<string, PersonalKind>> = {
  [labelOf('ip')]: 'ip',
  [labelOf('sessionId')]: 'session',
  [labelOf('deviceId')]: 'device',
  [labelOf('userAgent')]: 'userAgent',
};
// Its label is the field of another label.
const HIDDEN = [WHO_FIELD, labelOf('scope.account_field')];

/** The alerts that a rule would have raised, newest first, with links to the entries. */
export function Firings({ rule, firings }: { rule: Rule; firings: readonly Firing[] }) {
  const styles = useStyles2(getStyles);
  const zone = useTimeZone();
  const { mask, masked } = usePersonalData();
  const [most, setMost] = useState(SHOWN);
  if (firings.length === 0) {
    return <p data-testid={testIds.detections.noFirings}>{t('detections.never', 'Never.')}</p>;
  }
  const subject = ({ labels }: Firing) =>
    // The actor first.
    Object.entries(labels)
      .filter(([name]) => !HIDDEN.includes(name))
      .sort(([a], [b]) => Number(b === WHO_LABEL) - Number(a === WHO_LABEL))
      .map(([name, value]) => mask(KINDS[name] ?? 'text', value));
  return (
    <>
      <table className={styles.table}>
        <thead>
          <tr>
            <th scope="col">{t('detections.when', 'When ({{zone}})', { zone: zoneName(zone) })}</th>
            <th scope="col">{t('detections.who', 'Actor, address, target')}</th>
            <th scope="col" className={styles.number}>
              {t('detections.number', 'Number')}
            </th>
            <th scope="col">
              <span className={styles.unseen}>{t('detections.link', 'Entries')}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {firings.slice(0, most).map((firing, i) => (
            <tr key={`${firing.at} ${i}`} data-testid={testIds.detections.firing}>
              <td className={styles.time}>{absoluteTime(msToNs(firing.at), zone)}</td>
              <td className={styles.subject}>
                {subject(firing).map((text, n) => (
                  <span key={n}>
                    {n > 0 && ', '}
                    {isolated(text)}
                  </span>
                ))}
              </td>
              <td className={styles.number}>{firing.value.toLocaleString('en')}</td>
              <td>
                <PathLink path={firingPath(rule, firing, masked)}>{t('detections.link', 'Entries')}</PathLink>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {firings.length > most && (
        <Button size="sm" variant="secondary" fill="text" onClick={() => setMost(most + 100)}>
          <Text>
            {t('detections.more', 'Show more ({{shown}} of {{total}})', { shown: most, total: firings.length })}
          </Text>
        </Button>
      )}
    </>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  table: css({
    width: '100%',
    maxWidth: 960,
    margin: theme.spacing(1, 0),
    '& th, & td': { padding: theme.spacing(0.5, 1), borderBottom: `1px solid ${theme.colors.border.weak}` },
    '& th': { color: theme.colors.text.secondary, fontWeight: theme.typography.fontWeightMedium },
  }),
  time: css({ whiteSpace: 'nowrap' }),
  subject: css({ overflowWrap: 'anywhere' }),
  number: css({ textAlign: 'right' }),
  unseen: css({ position: 'absolute', width: 1, height: 1, overflow: 'hidden', clipPath: 'inset(50%)' }),
});
