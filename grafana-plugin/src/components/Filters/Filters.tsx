import React, { useMemo, useRef, useState } from 'react';
import { css } from '@emotion/css';
import type { TrailLine } from '@auditrail/core/loki';
import type { Filter, FilterField, TimeRange } from '@auditrail/core/query';
import type { TrailSource } from '@auditrail/core/source';
import type { GrafanaTheme2 } from '@grafana/data';
import { t } from '@grafana/i18n';
import { Button, useStyles2 } from '@grafana/ui';
import { entryFields } from '../../state/entry-fields.ts';
import { tidyFilters } from '../../state/view-filters.ts';
import { isFiltered, NO_FILTERS, toQuery, type View } from '../../state/view.ts';
import { testIds } from '../testIds.ts';
import { AddFilter } from './AddFilter.tsx';
import { FilterChip } from './FilterChip.tsx';
import { QuickFilters } from './QuickFilters.tsx';
import { SearchInput } from './SearchInput.tsx';

interface Props {
  trail: TrailSource;
  view: View;
  range: TimeRange;
  /** The entries that are loaded: their own fields can be filtered by. */
  lines: readonly TrailLine[];
  onChange: (change: Partial<View>, how?: { replace: boolean }) => void;
}

/** The filter that is being edited, possibly without values yet, and the others. */
interface Editing {
  at: number;
  draft: Filter;
  others: Filter[];
  /** Whether an edit already changed the view. Further edits replace it, so that one step back undoes them all. */
  shown: boolean;
}

const put = ({ at, others }: Editing, filter: Filter) => [...others.slice(0, at), filter, ...others.slice(at)];

/** Search and filters. Each filter is a chip that can be edited and removed. */
export function Filters({ trail, view, range, lines, onChange }: Props) {
  const styles = useStyles2(getStyles);
  const [editing, setEditing] = useState<Editing>();
  const addButton = useRef<HTMLSpanElement>(null);
  const { filters } = view;
  const chips = editing ? put(editing, editing.draft) : filters;

  const open = (draft: Filter, at: number) =>
    setEditing({ at, draft, others: filters.filter((other) => other !== draft), shown: false });
  const edit = (draft: Filter) => {
    if (!editing) return;
    const next = tidyFilters(put(editing, draft));
    const changes = JSON.stringify(next) !== JSON.stringify(filters);
    setEditing({ ...editing, draft, shown: editing.shown || changes });
    if (changes) onChange({ filters: next }, { replace: editing.shown });
  };
  const remove = (filter: Filter) => {
    setEditing(undefined);
    onChange({ filters: tidyFilters(filters.filter((other) => other !== filter && other !== editing?.draft)) });
    addButton.current?.querySelector('button')?.focus();
  };
  const add = (field: FilterField) => open({ field, operator: 'is', values: [] }, filters.length);
  const query = useMemo(
    () => toQuery({ ...view, filters: editing ? tidyFilters(editing.others) : view.filters }),
    // The list of values must not change while the user selects values.
    // eslint-disable-next-line react-hooks/exhaustive-deps
    [view.search, view.tab, editing?.others],
  );

  return (
    <div className={styles.bar} role="search">
      <SearchInput value={view.search} onChange={(search) => onChange({ search })} />
      {chips.map((filter, i) => (
        <FilterChip
          key={`${filter.field} ${i}`}
          {...{ trail, filter, query, range, lines }}
          open={editing?.at === i}
          onOpen={() => open(filter, i)}
          onClose={() => setEditing(undefined)}
          onChange={edit}
          onRemove={() => remove(filter)}
        />
      ))}
      <QuickFilters filters={chips} onAdd={add} />
      <AddFilter filters={filters} ownFields={() => entryFields(lines)} onAdd={add} buttonRef={addButton} />
      {isFiltered(view) && (
        <Button
          variant="secondary"
          fill="text"
          icon="times"
          onClick={() => {
            setEditing(undefined);
            onChange({ search: '', filters: NO_FILTERS });
            addButton.current?.querySelector('button')?.focus();
          }}
          data-testid={testIds.filters.clearAll}
        >
          {t('filter.clear-all', 'Clear all')}
        </Button>
      )}
    </div>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  bar: css({ display: 'flex', flexWrap: 'wrap', gap: theme.spacing(1), alignItems: 'center' }),
});
