import React, { useEffect, useMemo, useState } from 'react';
import { css } from '@emotion/css';
import type { TrailLine } from '@auditrail/core/loki';
import type { EntryQuery, TimeRange } from '@auditrail/core/query';
import type { TrailSource } from '@auditrail/core/source';
import { usePluginContext, type GrafanaTheme2 } from '@grafana/data';
import { t } from '@grafana/i18n';
import { config, hasPermission } from '@grafana/runtime';
import { LoadingPlaceholder, Stack, Text, useStyles2 } from '@grafana/ui';
import { PERMISSIONS } from '../../constants.ts';
import { mayReadPersonalData } from '../../data/permissions.ts';
import { trailFor } from '../../data/trail-for.ts';
import type { Trail } from '../../data/trail.ts';
import { OWN_RANGE } from '../../extensions.ts';
import { AS_TEXT } from '../../format/as-text.ts';
import { viewPath } from '../../links/page.ts';
import { currentConfiguration, isConfigured, isOutdated } from '../../settings.ts';
import { useNow } from '../../state/use-now.ts';
import { useTrail } from '../../state/use-trail.ts';
import { toReadRange } from '../../state/view-range.ts';
import { DEFAULT_VIEW, toQuery, type View } from '../../state/view.ts';
import { NotConfigured } from '../App/Notices.tsx';
import { ReadError } from '../AuditPage/ReadError.tsx';
import { COLUMNS } from '../EntryTable/columns.tsx';
import { PathLink } from '../PathLink.tsx';
import { PersonalDataProvider, usePersonalData } from '../PersonalData/PersonalData.tsx';
import { isolated } from '../shown.tsx';
import { testIds } from '../testIds.ts';

const NEWEST = 10;
const SHOWN = COLUMNS.filter(({ id }) => ['when', 'action', 'target', 'result', 'ip', 'description'].includes(id));

/** A tab in the user's Grafana profile: the user's newest entries, and a link to all of them. */
export default function ProfileTab() {
  const meta = usePluginContext()?.meta;
  const configuration = useMemo(() => currentConfiguration(meta), [meta]);
  const trail = useMemo(() => trailFor(configuration), [configuration]);
  const { email } = config.bootData.user;
  const view = useMemo(
    (): View => ({ ...DEFAULT_VIEW, ...OWN_RANGE, filters: [{ field: 'email', operator: 'is', values: [email] }] }),
    [email],
  );
  if (!isConfigured(configuration)) {
    return (
      <NotConfigured mayConfigure={hasPermission(PERMISSIONS.writeSettings)} outdated={isOutdated(configuration)} />
    );
  }
  if (!email)
    return <>{t('profile.no-email', 'Entries are found by email address, and your account does not have one.')}</>;
  return (
    <PersonalDataProvider mayRead={mayReadPersonalData()} mayRecord={false}>
      <OwnEntries trail={trail} view={view} email={email} />
    </PersonalDataProvider>
  );
}

function OwnEntries({ trail, view, email }: { trail: Trail; view: View; email: string }) {
  const { lines, error, retry } = useNewest(trail, view);
  return (
    <div data-testid={testIds.profile.container}>
      <Stack direction="column" gap={2}>
        <Text element="h2" variant="h4">
          {t('profile.title', 'Audit log entries of {{email}} in the last 7 days', { email, ...AS_TEXT })}
        </Text>
        {error !== undefined && <ReadError error={error} onRetry={retry} />}
        {!lines && error === undefined && <LoadingPlaceholder text={t('profile.loading', 'Loading your entries…')} />}
        {lines?.length === 0 && (
          <p>
            {t(
              'profile.none',
              'No entries in the last 7 days. Your actions in applications that write to the audit log are shown here.',
            )}
          </p>
        )}
        {lines && lines.length > 0 && <Rows lines={lines} />}
        <div>
          <PathLink look="toolbar" icon="shield" path={viewPath(view)} data-testid={testIds.profile.all}>
            {t('profile.all', 'Show all in the audit log')}
          </PathLink>
        </div>
      </Stack>
    </div>
  );
}

/** The newest lines of a view; missing while they load. */
function useNewest(trail: Trail, view: View) {
  const [read, setRead] = useState<{ lines?: TrailLine[]; error?: unknown }>({});
  const [tries, setTries] = useState(0);
  const [query, range] = useMemo(() => {
    void tries;
    return [toQuery(view), toReadRange(view)];
  }, [view, tries]);
  const source = useTrail(trail, query, range);
  useEffect(() => {
    const controller = new AbortController();
    const { signal } = controller;
    newest(source, query, range, signal).then(
      (lines) => !signal.aborted && setRead({ lines }),
      (error: unknown) => !signal.aborted && setRead({ error }),
    );
    return () => controller.abort();
  }, [source, query, range]);
  const retry = () => {
    setRead({});
    setTries(tries + 1);
  };
  return { ...read, retry };
}

async function newest(source: TrailSource, query: EntryQuery, range: TimeRange, signal: AbortSignal) {
  const lines: TrailLine[] = [];
  for await (const page of source.rows({ query, range, pageEntries: NEWEST, signal })) {
    lines.push(...page);
    if (lines.length >= NEWEST) break;
  }
  return lines.slice(0, NEWEST);
}

function Rows({ lines }: { lines: TrailLine[] }) {
  const styles = useStyles2(getStyles);
  const { maskLine } = usePersonalData();
  const now = useNow(60_000);
  return (
    <div className={styles.scroller}>
      <table className={styles.table}>
        <thead>
          <tr>
            {SHOWN.map(({ id, title }) => (
              <th key={id} scope="col">
                {title()}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {lines.map(maskLine).map(({ key, ns, line, entry }) => (
            <tr key={key} data-testid={testIds.profile.row}>
              {entry ? (
                SHOWN.map(({ id, render }) => <td key={id}>{render({ entry, ns, now, zone: 'utc' })}</td>)
              ) : (
                <td colSpan={SHOWN.length}>{isolated(line)}</td>
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  scroller: css({ overflowX: 'auto' }),
  table: css({
    width: '100%',
    '& th': { color: theme.colors.text.secondary, fontWeight: theme.typography.fontWeightMedium, whiteSpace: 'nowrap' },
    '& th, & td': { padding: theme.spacing(0.75, 1), textAlign: 'left', verticalAlign: 'top' },
    // Values that take two lines in the table are side by side here.
    '& td > div': { display: 'flex', flexWrap: 'wrap', columnGap: theme.spacing(1) },
    '& td': { borderTop: `1px solid ${theme.colors.border.weak}`, overflowWrap: 'anywhere' },
  }),
});
