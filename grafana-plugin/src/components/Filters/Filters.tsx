import React from 'react';
import { css } from '@emotion/css';
import type { LokiClient, TimeRange } from '@auditrail/core';
import type { GrafanaTheme2 } from '@grafana/data';
import { t } from '@grafana/i18n';
import { Button, useStyles2 } from '@grafana/ui';
import { isFiltered, NO_FILTERS, withFilter, type View } from '../../state/view.ts';
import { testIds } from '../testIds.ts';
import { SearchInput } from './SearchInput.tsx';
import { ValueFilter, type FilterName } from './ValueFilter.tsx';

const labelOf: Record<FilterName, () => string> = {
  action: () => t('filter.action', 'Action'),
  email: () => t('filter.user', 'User'),
  outcome: () => t('filter.outcome', 'Outcome'),
  channel: () => t('filter.channel', 'Channel'),
  ip: () => t('filter.ip', 'IP'),
};

interface Props {
  loki: LokiClient;
  view: View;
  range: TimeRange;
  onChange: (change: Partial<View>) => void;
}

/** Search and filters; what is chosen stands in its field and can be taken out there. */
export function Filters({ loki, view, range, onChange }: Props) {
  const styles = useStyles2(getStyles);
  return (
    <div className={styles.bar} role="search">
      <SearchInput value={view.search} onChange={(search) => onChange({ search })} />
      {(['action', 'email', 'outcome', 'channel', 'ip'] as const).map((name) => (
        <ValueFilter
          key={name}
          name={name}
          label={labelOf[name]()}
          loki={loki}
          view={view}
          range={range}
          onChange={(values) => onChange(withFilter(view, { field: name, operator: 'is', values }))}
        />
      ))}
      {isFiltered(view) && (
        <Button
          variant="secondary"
          fill="text"
          icon="times"
          // A filter that loses the focus gets narrower, and this button would move away from under the pointer.
          onMouseDown={(event) => event.preventDefault()}
          onClick={() => onChange({ search: '', filters: NO_FILTERS })}
          data-testid={testIds.filters.clearAll}
        >
          {t('filter.clear-all', 'Clear all')}
        </Button>
      )}
    </div>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  bar: css({ display: 'flex', flexWrap: 'wrap', gap: theme.spacing(1), alignItems: 'flex-start' }),
});
