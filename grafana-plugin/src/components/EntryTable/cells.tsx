import React from 'react';
import { css } from '@emotion/css';
import type { Actor, AuditEntry } from '@auditrail/core';
import type { GrafanaTheme2 } from '@grafana/data';
import { t } from '@grafana/i18n';
import { Badge, Icon, useStyles2 } from '@grafana/ui';
import { eventColor } from '../../format/event-color.ts';
import { NOTHING } from '../../format/target-text.ts';
import { absoluteTime, relativeAge } from '../../format/when.ts';
import { testIds } from '../testIds.ts';

/** When it happened: UTC, and how long ago. */
export function WhenCell({ ns, now }: { ns: bigint; now: number }) {
  const styles = useStyles2(getStyles);
  const absolute = absoluteTime(ns);
  return (
    <>
      <time dateTime={`${absolute.replace(' ', 'T')}Z`} className={styles.tabular}>
        {absolute}
      </time>
      <div className={styles.second}>{relativeAge(ns, now)}</div>
    </>
  );
}

const TYPE_BADGES: Partial<Record<Actor['type'], () => string>> = {
  system: () => t('actor.system', 'System'),
  service: () => t('actor.service', 'Service'),
  api_key: () => t('actor.api-key', 'API key'),
};

/** Who did it: name and e-mail, or what stands for them. A badge says when it was no person. */
export function ActorCell({ actor }: { actor: Actor }) {
  const styles = useStyles2(getStyles);
  const badge = TYPE_BADGES[actor.type]?.();
  const name = actor.name || actor.email || actor.id;
  const beside = actor.name && (actor.email || actor.id);
  const second = beside === name ? undefined : beside;
  return (
    <>
      <div className={styles.line}>
        {name && (
          <span className={styles.ellipsis} title={name}>
            {name}
          </span>
        )}
        {badge && <Badge text={badge} color="purple" />}
        {!name && !badge && NOTHING}
      </div>
      {second && (
        <div className={styles.second} title={second}>
          {second}
        </div>
      )}
    </>
  );
}

/** What was done: the action, and its kind as a badge. */
export function ActionCell({ action, event }: Pick<AuditEntry, 'action' | 'event'>) {
  const styles = useStyles2(getStyles);
  const color = eventColor(event);
  return (
    <>
      <div className={styles.ellipsis} title={action} data-testid={testIds.table.action}>
        {action}
      </div>
      <Badge
        text={event}
        color={color}
        {...(color === 'darkgrey' && { className: styles.readable })}
        data-testid={testIds.table.eventBadge}
      />
    </>
  );
}

/** How it ended: an icon and a word, never colour alone. */
export function ResultCell({ outcome }: Pick<AuditEntry, 'outcome'>) {
  const styles = useStyles2(getStyles);
  return outcome === 'failure' ? (
    <span className={styles.failure}>
      <Icon name="exclamation-triangle" size="sm" /> {t('result.failure', 'failure')}
    </span>
  ) : (
    <span className={styles.success}>
      <Icon name="check" size="sm" /> {t('result.success', 'success')}
    </span>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  tabular: css({ fontVariantNumeric: 'tabular-nums', whiteSpace: 'nowrap' }),
  line: css({ display: 'flex', alignItems: 'center', gap: theme.spacing(0.5), minWidth: 0 }),
  ellipsis: css({ overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap' }),
  second: css({
    overflow: 'hidden',
    textOverflow: 'ellipsis',
    whiteSpace: 'nowrap',
    color: theme.colors.text.secondary,
    fontSize: theme.typography.bodySmall.fontSize,
  }),
  // Grafana's own grey is too faint on a coloured row (4.05:1).
  readable: css({ color: theme.colors.text.primary }),
  success: css({ whiteSpace: 'nowrap', color: theme.colors.success.text }),
  failure: css({ whiteSpace: 'nowrap', color: theme.colors.error.text, fontWeight: theme.typography.fontWeightMedium }),
});
