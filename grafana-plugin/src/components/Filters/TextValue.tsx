import React, { useEffect, useRef, useState } from 'react';
import { t } from '@grafana/i18n';
import { Field, Input } from '@grafana/ui';
import type { Filter } from '@auditrail/core/query';
import { TYPING_REST_MS } from '../../state/use-field-values.ts';
import { problemOf } from '../../state/view-filters.ts';
import { usePersonalData } from '../PersonalData/PersonalData.tsx';
import { testIds } from '../testIds.ts';
import { personalKind } from './field-labels.ts';
import { useInitialFocus } from './use-initial-focus.ts';

/** The text of a `contains` filter. It applies after a pause in typing. */
export function TextValue({ filter, onChange }: { filter: Filter; onChange: (values: string[]) => void }) {
  const { mask } = usePersonalData();
  const [given = ''] = filter.values;
  // A masked value is not put into the field. It applies until another text is typed.
  const [concealed] = useState(() => {
    const shown = mask(personalKind(filter.field), given);
    return given !== '' && shown !== given ? { given, shown } : undefined;
  });
  const [typed, setTyped] = useState(concealed ? '' : given);
  const problem = typed ? problemOf(filter, typed) : undefined;
  const input = useInitialFocus();
  const latest = useRef(onChange);
  useEffect(() => {
    latest.current = onChange;
  });
  const untouched = typed === given || (typed === '' && given === concealed?.given);
  const changed = !untouched && problem === undefined;
  useEffect(() => {
    if (!changed) return;
    const timer = setTimeout(() => latest.current(typed ? [typed] : []), TYPING_REST_MS);
    return () => clearTimeout(timer);
  }, [typed, changed]);
  return (
    <Field noMargin invalid={problem !== undefined} error={problem}>
      <Input
        ref={input}
        value={typed}
        aria-label={t('filter.text', 'Text')}
        placeholder={concealed?.shown ?? t('filter.text-placeholder', 'Text, not case-sensitive')}
        onChange={(event) => setTyped(event.currentTarget.value)}
        data-testid={testIds.filters.typed}
      />
    </Field>
  );
}
