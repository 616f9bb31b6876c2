import React, { useMemo } from 'react';
import { css } from '@emotion/css';
import { actorText, entryIdTime } from '@auditrail/core';
import { sharedIds, type TrailLine } from '@auditrail/core/loki';
import type { GrafanaTheme2 } from '@grafana/data';
import { t } from '@grafana/i18n';
import { PluginPage } from '@grafana/runtime';
import { Text, useStyles2 } from '@grafana/ui';
import type { Trail } from '../../data/trail.ts';
import { visible } from '../../format/invisible.ts';
import { targetText } from '../../format/target-text.ts';
import { zonedTime } from '../../format/when.ts';
import { rangeAround, viewPath } from '../../links/page.ts';
import { useTimeZone } from '../../state/time-zone.ts';
import { ReadError } from '../AuditPage/ReadError.tsx';
import { EntryDetails } from '../EntryDetails/EntryDetails.tsx';
import { EventCell, ResultCell } from '../EntryTable/cells.tsx';
import { PathLink } from '../PathLink.tsx';
import { isolated } from '../shown.tsx';
import { SharedIdBadge, SharedIds } from '../SharedIds.tsx';
import { usePersonalData } from '../PersonalData/PersonalData.tsx';
import { testIds } from '../testIds.ts';
import { NotFound } from './NotFound.tsx';
import { Searching, Stopped } from './Searching.tsx';
import { useEntry } from './use-entry.ts';

/** The page of one entry, found by its ID regardless of its age. */
export default function EntryPage({ id, trail }: { id: string; trail: Trail }) {
  const styles = useStyles2(getStyles);
  return (
    <PluginPage
      pageNav={{ text: t('entry.title', 'Audit log entry') }}
      subTitle={visible(id.slice(0, 80))}
      actions={
        <PathLink look="bordered" icon="arrow-left" path={viewPath({})} data-testid={testIds.entryPage.back}>
          {t('entry.back', 'Audit log')}
        </PathLink>
      }
    >
      <div className={styles.page} data-testid={testIds.entryPage.container}>
        {entryIdTime(id) === undefined ? <NotFound id={id} /> : <Search id={id} trail={trail} />}
      </div>
    </PluginPage>
  );
}

function Search({ id, trail }: { id: string; trail: Trail }) {
  const { search, start, stop } = useEntry(trail, id);
  switch (search.state) {
    case 'searching':
      return <Searching part={search.part} onStop={stop} />;
    case 'stopped':
      return <Stopped onStart={start} />;
    case 'failed':
      return <ReadError error={search.error} onRetry={start} />;
    case 'missing':
      return <NotFound id={id} searched={search.searched} onAgain={start} />;
    case 'found':
      return <FoundAll lines={search.lines} />;
  }
}

function FoundAll({ lines }: { lines: TrailLine[] }) {
  return (
    <SharedIds value={useMemo(() => sharedIds(lines), [lines])}>
      {lines.map((line) => (
        <Found key={line.key} line={line} />
      ))}
    </SharedIds>
  );
}

function Found({ line: stored }: { line: TrailLine }) {
  const styles = useStyles2(getStyles);
  const line = usePersonalData().maskLine(stored);
  const { entry, ns } = line;
  const zone = useTimeZone();
  return (
    <>
      {entry && (
        <div className={styles.head}>
          <Text element="h2" variant="h4">
            {isolated(entry.description || entry.action)}
          </Text>
          <div className={styles.facts}>
            <time dateTime={entry.time}>{zonedTime(ns, zone)}</time>
            {isolated(actorText(entry))}
            {entry.target && isolated(targetText(entry.target))}
            <ResultCell outcome={entry.outcome} />
            {isolated(entry.action)}
            <EventCell event={entry.event} />
            <SharedIdBadge entry={entry} />
          </div>
        </div>
      )}
      <AroundThatTime ns={ns} />
      <div className={styles.frame}>
        <EntryDetails line={line} />
      </div>
    </>
  );
}

const MINUTE_MS = 60_000;

/** Links to all entries around the time of the entry. */
function AroundThatTime({ ns }: { ns: bigint }) {
  const styles = useStyles2(getStyles);
  const spans: Array<[ms: number, label: string]> = [
    [MINUTE_MS, t('entry.minute', '± 1 minute')],
    [10 * MINUTE_MS, t('entry.minutes', '± 10 minutes')],
    [60 * MINUTE_MS, t('entry.hour', '± 1 hour')],
    [24 * 60 * MINUTE_MS, t('entry.day', '± 1 day')],
  ];
  return (
    <nav
      className={styles.happened}
      aria-label={t('entry.around', 'Show entries around that time')}
      data-testid={testIds.entryPage.around}
    >
      <span>{t('entry.around', 'Show entries around that time')}</span>
      {spans.map(([ms, label]) => (
        <PathLink key={ms} look="bordered" path={viewPath(rangeAround(ns, ms))}>
          {label}
        </PathLink>
      ))}
    </nav>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  page: css({ display: 'flex', flexDirection: 'column', gap: theme.spacing(2) }),
  head: css({ overflowWrap: 'anywhere' }),
  facts: css({
    display: 'flex',
    flexWrap: 'wrap',
    alignItems: 'center',
    gap: theme.spacing(0.5, 2),
    marginTop: theme.spacing(0.5),
    color: theme.colors.text.secondary,
  }),
  happened: css({ display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: theme.spacing(1) }),
  frame: css({
    paddingTop: theme.spacing(1),
    border: `1px solid ${theme.colors.border.weak}`,
    borderRadius: theme.shape.radius.default,
    background: theme.colors.background.primary,
  }),
});
