import React, { memo } from 'react';
import { actorName, formatTime, type Actor, type AuditEntry } from '@auditrail/core';
import { t } from '@grafana/i18n';
import { Badge, useStyles2 } from '@grafana/ui';
import { eventColor } from '../../format/event-color.ts';
import { visible } from '../../format/invisible.ts';
import { NOTHING } from '../../format/target-text.ts';
import { absoluteTime, relativeAge } from '../../format/when.ts';
import type { TimeZone } from '../../state/time-zone.ts';
import { isolated, shown } from '../shown.tsx';
import { testIds } from '../testIds.ts';
import { getCellStyles } from './cell-styles.ts';

/** Text of an entry, in its own direction. It is cut while the row is closed and complete when it is open. */
export function TextCell({ text }: { text: string }) {
  const styles = useStyles2(getCellStyles);
  return (
    <div className={styles.text} title={visible(text)} dir="auto">
      {text ? shown(text) : NOTHING}
    </div>
  );
}

/** The time of an entry and its age. */
export function WhenCell({ ns, now, zone }: { ns: bigint; now: number; zone: TimeZone }) {
  const styles = useStyles2(getCellStyles);
  const age = relativeAge(ns, now);
  return (
    <div className={styles.lines}>
      <time dateTime={formatTime(ns)} className={styles.tabular} title={age}>
        {absoluteTime(ns, zone)}
      </time>
      <span className={styles.age}>{age}</span>
    </div>
  );
}

const TYPE_BADGES: Partial<Record<Actor['type'], () => string>> = {
  system: () => t('actor.system', 'System'),
  service: () => t('actor.service', 'Service'),
  api_key: () => t('actor.api-key', 'API key'),
  agent: () => t('actor.agent', 'Agent'),
};

/** Whom the actor acted for, nearest first; empty if the actor acted for itself. */
export function actedFor({ onBehalfOf = [] }: Pick<AuditEntry, 'onBehalfOf'>): string {
  return onBehalfOf
    .map(actorName)
    .map((name) => t('actor.for', 'for {{name}}', { name, interpolation: { escapeValue: false } }))
    .join(' ');
}

/**
 * The actor: name, then whom it acted for or its email address, or a substitute. A badge marks actors that are not users.
 */
export function ActorCell({ entry }: { entry: Pick<AuditEntry, 'actor' | 'onBehalfOf'> }) {
  const { actor } = entry;
  const styles = useStyles2(getCellStyles);
  const badge = TYPE_BADGES[actor.type]?.();
  const called = actor.name || actor.agent?.name;
  const name = called || actor.email || actor.id;
  const beside = called && (actor.email || actor.id);
  const second = actedFor(entry) || (beside === name ? undefined : beside);
  return (
    <div className={styles.lines}>
      <div className={styles.pair}>
        {name && (
          <span className={styles.line} title={visible(name)} dir="auto">
            {shown(name)}
          </span>
        )}
        {badge && <Badge text={badge} color="purple" />}
        {!name && !badge && NOTHING}
      </div>
      {second && (
        <div className={styles.second} title={visible(second)} dir="auto">
          {shown(second)}
        </div>
      )}
    </div>
  );
}

/** The action, with its event as a badge. */
export function ActionCell({ action, event }: Pick<AuditEntry, 'action' | 'event'>) {
  const styles = useStyles2(getCellStyles);
  return (
    <div className={styles.lines}>
      <div className={styles.line} title={visible(action)} dir="auto" data-testid={testIds.table.action}>
        {shown(action)}
      </div>
      <EventCell event={event} />
    </div>
  );
}

/** The event as a badge. */
export const EventCell = memo(function EventCell({ event }: Pick<AuditEntry, 'event'>) {
  const styles = useStyles2(getCellStyles);
  const color = eventColor(event);
  return (
    <span className={color === 'darkgrey' ? styles.greyBadge : styles.badge} title={visible(event)}>
      <Badge text={isolated(event)} color={color} data-testid={testIds.table.eventBadge} />
    </span>
  );
});

// Inline, because Grafana loads and inserts icons one by one, which costs more than the rest of the row.
const MARKS = {
  success: 'M3 8.5l3.5 3.5L13 4.5',
  failure: 'M8 2.5l6.5 11h-13zM8 6.5v3.5M8 11.5v.5',
  unknown: 'M5.5 6a2.5 2.5 0 1 1 3.5 2.3c-.7.3-1 .8-1 1.7M8 12.5v.5',
};

/** The outcome as an icon and text, so that it does not depend on color. */
export const ResultCell = memo(function ResultCell({ outcome }: Pick<AuditEntry, 'outcome'>) {
  const styles = useStyles2(getCellStyles);
  const words = {
    success: t('result.success', 'success'),
    failure: t('result.failure', 'failure'),
    unknown: t('result.unknown', 'unknown'),
  };
  const word = words[outcome];
  return (
    <span className={styles[outcome]} title={word}>
      <svg className={styles.mark} width={14} height={14} viewBox="0 0 16 16" aria-hidden>
        <path d={MARKS[outcome]} />
      </svg>
      {word}
    </span>
  );
});

// A cell shows one or two lines; the open row shows everything.
const INFO_CHARS = 2_000;

/** Changes, properties, and error as JSON: one or two lines, or everything, indented, if the row is open. */
export function InfoCell({ text, open = false }: { text: string; open?: boolean | undefined }) {
  const styles = useStyles2(getCellStyles);
  if (!text) return NOTHING;
  const cut = text.length > INFO_CHARS && !open ? `${text.slice(0, INFO_CHARS)}…` : text;
  return (
    <div className={styles.info}>
      <button
        type="button"
        className={styles.expander}
        data-toggle
        aria-expanded={open}
        aria-label={open ? t('info.collapse', 'Hide additional info') : t('info.expand', 'Show all additional info')}
        data-testid={testIds.table.expandInfo}
      />
      <code className={styles.code}>{shown(cut)}</code>
    </div>
  );
}
