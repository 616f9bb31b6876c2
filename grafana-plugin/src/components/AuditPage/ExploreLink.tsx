import React, { useContext } from 'react';
import { t } from '@grafana/i18n';
import type { TimeZone } from '../../state/time-zone.ts';
import type { View } from '../../state/view.ts';
import { DetailsContext } from '../EntryDetails/details-context.ts';
import { exploreLink } from '../EntryDetails/links.ts';
import { PathLink } from '../PathLink.tsx';
import { testIds } from '../testIds.ts';

/** Opens the query and range of the view in Explore. If that is not possible, the details of an entry state why. */
export function ExploreLink({ view, zone }: { view: View; zone: TimeZone }) {
  const { settings } = useContext(DetailsContext);
  const link = exploreLink(view, settings, zone);
  if (!('path' in link)) return null;
  return (
    <PathLink look="toolbar" icon="compass" path={link.path} data-testid={testIds.page.explore}>
      {t('actions.explore', 'Open in Explore')}
    </PathLink>
  );
}
