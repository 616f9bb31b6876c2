import React, { useEffect, useRef, useState } from 'react';
import { css } from '@emotion/css';
import { t } from '@grafana/i18n';
import { FilterInput, useStyles2 } from '@grafana/ui';
import { VIEW_LIMITS } from '../../state/view.ts';
import { testIds } from '../testIds.ts';

/** Pause in typing before the search starts, in milliseconds. */
const SEARCH_REST_MS = 300;

/** The search field. The typed text applies after a pause in typing. */
export function SearchInput({ value, onChange }: { value: string; onChange: (search: string) => void }) {
  const styles = useStyles2(getStyles);
  const [typed, setTyped] = useState(value);
  const [shown, setShown] = useState(value);
  // The view can change otherwise: back button, Clear all, a link.
  if (value !== shown) {
    setShown(value);
    setTyped(value);
  }

  // A new callback must not restart the timer.
  const latest = useRef(onChange);
  useEffect(() => {
    latest.current = onChange;
  });
  useEffect(() => {
    if (typed === shown) return;
    const timer = setTimeout(() => latest.current(typed), SEARCH_REST_MS);
    return () => clearTimeout(timer);
  }, [typed, shown]);

  return (
    <div className={styles.search}>
      <FilterInput
        value={typed}
        onChange={setTyped}
        escapeRegex={false}
        maxLength={VIEW_LIMITS.searchChars}
        placeholder={t('search.placeholder', 'Search description, email, IP, endpoint…')}
        aria-label={t(
          'search.label',
          'Search in description, failure reason, email, IP, endpoint, operation, and entry ID',
        )}
        data-testid={testIds.filters.search}
      />
    </div>
  );
}

const getStyles = () => ({
  search: css({
    ...{ flex: '1 1 220px', minWidth: 220, maxWidth: 400 },
    'input:placeholder-shown': { textOverflow: 'ellipsis' },
  }),
});
