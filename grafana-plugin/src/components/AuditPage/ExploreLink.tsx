import React, { useContext } from 'react';
import { t } from '@grafana/i18n';
import type { TimeZone } from '../../state/time-zone.ts';
import type { View } from '../../state/view.ts';
import { DetailsContext } from '../EntryDetails/details-context.ts';
import { exploreWay } from '../EntryDetails/links.ts';
import { PathLink } from '../PathLink.tsx';
import { testIds } from '../testIds.ts';

/** The view in Explore: the same query and range. Where there is no way, the details of an entry tell why. */
export function ExploreLink({ view, zone }: { view: View; zone: TimeZone }) {
  const { settings } = useContext(DetailsContext);
  const way = exploreWay(view, settings, zone);
  if (!('path' in way)) return null;
  return (
    <PathLink look="toolbar" icon="compass" path={way.path} data-testid={testIds.page.explore}>
      {t('actions.explore', 'Open in Explore')}
    </PathLink>
  );
}
