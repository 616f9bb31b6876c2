import React, { useContext, useEffect, useRef, type ReactNode } from 'react';
import { css } from '@emotion/css';
import type { TrailLine } from '@auditrail/core/loki';
import { locationUtil, type GrafanaTheme2 } from '@grafana/data';
import { t } from '@grafana/i18n';
import { Button, ClipboardButton, useStyles2 } from '@grafana/ui';
import { entryPath } from '../../links/page.ts';
import { useTimeZone } from '../../state/time-zone.ts';
import { PathLink } from '../PathLink.tsx';
import { testIds } from '../testIds.ts';
import { DetailsContext } from './details-context.ts';
import { exploreEntryLink, exploreLink, traceLink } from './links.ts';
import { OptionalLink } from './OptionalLink.tsx';

/** Steps to the previous and the next entry of the list; one is missing at each end. */
export interface Steps {
  newer?: (() => void) | undefined;
  older?: (() => void) | undefined;
  /** The step that led here. Its button gets the focus, so that it can be pressed again. */
  came?: 'newer' | 'older' | undefined;
}

interface Props {
  line: TrailLine;
  steps?: Steps | undefined;
  /** More buttons. */
  children?: ReactNode;
}

/** The actions for an entry: step to its neighbors, link to it, open its trace, open it in Explore. */
export function Actions({ line, steps, children }: Props) {
  const styles = useStyles2(getStyles);
  const { settings, view } = useContext(DetailsContext);
  const { entry, ns } = line;
  const trace = entry && traceLink(entry, ns, settings);
  const zone = useTimeZone();
  const explore = view ? exploreLink(view, settings, zone) : exploreEntryLink(line, settings);
  return (
    <div className={styles.bar} role="group" aria-label={t('actions.label', 'Entry actions')}>
      {steps && <StepButtons steps={steps} />}
      {entry && (
        <>
          {view && (
            <PathLink look="button" icon="link" path={entryPath(entry.id)} data-testid={testIds.details.permalink}>
              {t('actions.permalink', 'Open on its own page')}
            </PathLink>
          )}
          <ClipboardButton
            size="sm"
            variant="secondary"
            fill="text"
            icon="copy"
            getText={() => absolute(entryPath(entry.id))}
            data-testid={testIds.details.copyLink}
          >
            {t('actions.copy-link', 'Copy link')}
          </ClipboardButton>
        </>
      )}
      {trace && (
        <OptionalLink link={trace} icon="gf-traces" testId={testIds.details.trace}>
          {t('actions.trace', 'View trace')}
        </OptionalLink>
      )}
      {explore && (
        <OptionalLink link={explore} icon="compass" testId={testIds.details.explore}>
          {t('actions.explore', 'Open in Explore')}
        </OptionalLink>
      )}
      {children}
    </div>
  );
}

const absolute = (path: string) => new URL(locationUtil.assureBaseUrl(path), document.baseURI).href;

function StepButtons({ steps: { newer, older, came } }: { steps: Steps }) {
  const buttons = { newer: useRef<HTMLButtonElement>(null), older: useRef<HTMLButtonElement>(null) };
  const { newer: newerButton, older: olderButton } = buttons;
  useEffect(() => {
    if (!came) return;
    const [wanted, other] = came === 'newer' ? [newerButton, olderButton] : [olderButton, newerButton];
    // At the end of the list, only the step back is enabled.
    const button = wanted.current?.disabled ? other.current : wanted.current;
    button?.focus({ preventScroll: true });
  }, [came, newerButton, olderButton]);
  return (
    <>
      <Button
        ref={newerButton}
        size="sm"
        variant="secondary"
        icon="angle-up"
        disabled={!newer}
        onClick={newer}
        data-testid={testIds.details.newer}
      >
        {t('actions.newer', 'Newer')}
      </Button>
      <Button
        ref={olderButton}
        size="sm"
        variant="secondary"
        icon="angle-down"
        disabled={!older}
        onClick={older}
        data-testid={testIds.details.older}
      >
        {t('actions.older', 'Older')}
      </Button>
    </>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  bar: css({ display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: theme.spacing(0.5) }),
});
