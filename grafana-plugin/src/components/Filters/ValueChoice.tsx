import React, { useMemo, useState } from 'react';
import { css } from '@emotion/css';
import type { TrailLine } from '@auditrail/core/loki';
import { fieldStorage, type EntryQuery, type Filter, type TimeRange } from '@auditrail/core/query';
import type { TrailSource } from '@auditrail/core/source';
import type { GrafanaTheme2 } from '@grafana/data';
import { t } from '@grafana/i18n';
import { Spinner, useStyles2 } from '@grafana/ui';
import { AS_TEXT } from '../../format/as-text.ts';
import { zonedTime } from '../../format/when.ts';
import { useFieldValues, type FieldValues } from '../../state/use-field-values.ts';
import { useTimeZone, type TimeZone } from '../../state/time-zone.ts';
import { doubtOf, FILTER_LIMITS, isAddress, problemOf } from '../../state/view-filters.ts';
import { asStored, containsAny, personalTexts } from '../PersonalData/mask.ts';
import { usePersonalData } from '../PersonalData/PersonalData.tsx';
import { testIds } from '../testIds.ts';
import { ChoiceList, type Choice } from './ChoiceList.tsx';
import { canBePersonal, fieldLabel, personalKind } from './field-labels.ts';

interface Props {
  trail: TrailSource;
  filter: Filter;
  /** The view without this filter. */
  query: EntryQuery;
  range: TimeRange;
  /** The rows of the view. */
  lines: readonly TrailLine[];
  onChange: (values: string[]) => void;
}

/** Selects values of a filter: the existing ones, most frequent first, with their counts. Others can be typed. */
export function ValueChoice({ trail, filter, query, range, lines, onChange }: Props) {
  const styles = useStyles2(getStyles);
  const { masked, mask } = usePersonalData();
  const zone = useTimeZone();
  const [typed, setTyped] = useState('');
  // The values that are selected at first stay on top, and others stay in the list when they are selected, so that nothing
  // moves under the pointer.
  const [first] = useState(filter.values);
  const { field, operator, values } = filter;
  const hidden = masked && canBePersonal(field);
  const found = useFieldValues(trail, field, query, range, typed, !hidden);
  const words = fieldStorage(field).values;
  // As in the rows: a session in another field of an entry is masked too.
  const personal = useMemo(() => personalTexts(masked ? lines.map(asStored) : []), [masked, lines]);
  const multiple = operator.endsWith('any of');
  const problem = typed && !words ? problemOf(filter, typed) : undefined;

  const { choices, matches } = useMemo(() => {
    const counts = new Map(found.values?.map(({ value, count }) => [value, count]));
    const wanted = typed.toLowerCase();
    const shownAs = (value: string) => mask(personalKind(field), value);
    // Masked values are not offered: a selected one would be in the address.
    const offered = [...counts.keys()].filter((value) => shownAs(value) === value && !containsAny(personal, value));
    const listed = new Set([...(words ?? []), ...offered]);
    const known = new Set([...first, ...values.filter((value) => !listed.has(value)), ...listed]);
    const shown = [...known]
      .filter((value) => value.toLowerCase().includes(wanted))
      .sort((a, b) => Number(b.toLowerCase() === wanted) - Number(a.toLowerCase() === wanted))
      .slice(0, 200);
    const choice = (value: string): Choice => {
      const count = counts.get(value);
      return {
        value,
        label: shownAs(value),
        selected: values.includes(value),
        ...(count !== undefined && { detail: count.toLocaleString('en') }),
      };
    };
    const own: Choice[] =
      typed && !words && !problem && !known.has(typed)
        ? [{ value: typed, label: t('filter.use-typed', 'Use "{{typed}}"', { typed, ...AS_TEXT }) }]
        : [];
    // Enter selects the first: an existing value, unless the typed text is a complete IP address.
    const ownFirst = field === 'ip' && isAddress(typed);
    return {
      choices: ownFirst ? [...own, ...shown.map(choice)] : [...shown.map(choice), ...own],
      matches: shown.length,
    };
  }, [found.values, field, mask, personal, typed, first, values, words, problem]);
  // Values that were read before typing may be incomplete.
  const all = !found.cut && found.error === undefined && found.since !== undefined && found.since <= range.start;
  const known = found.containing === typed || (found.containing === '' && all);
  const pending = typed !== '' && !words && !hidden && !problem && matches === 0 && (found.reading || !known);

  const onChoose = ({ value }: Choice) => {
    if (values.includes(value)) onChange(values.filter((one) => one !== value));
    else if (!multiple) onChange([value]);
    else if (values.length < FILTER_LIMITS.values) onChange([...values, value]);
    setTyped('');
  };

  return (
    <div>
      <ChoiceList
        label={t('filter.values-of', 'Values of {{field}}', { field: fieldLabel(field), ...AS_TEXT })}
        placeholder={
          words ? t('filter.choose', 'Select') : t('filter.choose-or-type', 'Select, or type a value and press Enter')
        }
        {...{ choices, typed, onChoose, multiple, pending }}
        onType={setTyped}
      />
      <div className={styles.status} role="status" data-testid={testIds.filters.valuesStatus}>
        {found.reading && !hidden && <Spinner inline size="sm" />}
        {problem ?? (typed ? doubtOf(filter, typed) : undefined) ?? statusOf(found, hidden, matches, range, zone)}
      </div>
    </div>
  );
}

// The status of the list. The counts cover what was read so far.
function statusOf(found: FieldValues, hidden: boolean, shown: number, range: TimeRange, zone: TimeZone): string {
  if (hidden) return t('filter.masked', 'Values that can be personal data are masked. Type the value to filter by.');
  if (found.error !== undefined)
    return t('filter.values-failed', 'The values could not be loaded, but you can type one');
  const parts: string[] = [];
  if (found.since !== undefined && found.since > range.start) {
    const time = zonedTime(found.since, zone);
    parts.push(
      found.reading
        ? t('filter.read-so-far', 'read back to {{time}} so far', { time, ...AS_TEXT })
        : t('filter.read-to', 'from entries since {{time}}; older values can be typed', { time, ...AS_TEXT }),
    );
  }
  if (found.cut) parts.push(t('filter.cut', 'most frequent values only; type to find others'));
  if (!found.reading && shown === 0) parts.push(t('filter.no-values', 'No values in this view'));
  return parts.join(' · ');
}

const getStyles = (theme: GrafanaTheme2) => ({
  status: css({
    display: 'flex',
    alignItems: 'center',
    gap: theme.spacing(1),
    minHeight: theme.spacing(2.5),
    marginTop: theme.spacing(0.5),
    color: theme.colors.text.secondary,
    fontSize: theme.typography.bodySmall.fontSize,
  }),
});
