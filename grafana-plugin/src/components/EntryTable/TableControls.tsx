import React, { lazy, Suspense } from 'react';
import { t } from '@grafana/i18n';
import { Button, RadioButtonGroup, Stack, Toggletip } from '@grafana/ui';
import { testIds } from '../testIds.ts';
import { useDensity, type Density } from './density.ts';

const ColumnMenu = lazy(() => import('./ColumnMenu.tsx'));

/** Selects columns and row density. Both are stored for the user. */
export function TableControls() {
  const [density, setDensity] = useDensity();
  const densities: Array<{ value: Density; label: string }> = [
    { value: 'comfortable', label: t('density.comfortable', 'Comfortable') },
    { value: 'compact', label: t('density.compact', 'Compact') },
  ];
  return (
    <Stack alignItems="center" gap={1}>
      <Toggletip
        fitContent
        placement="bottom-end"
        title={<strong>{t('columns.title', 'Columns')}</strong>}
        content={
          <Suspense fallback={null}>
            <ColumnMenu />
          </Suspense>
        }
      >
        <Button variant="secondary" size="sm" icon="columns" data-testid={testIds.columns.open}>
          {t('columns.title', 'Columns')}
        </Button>
      </Toggletip>
      <div data-testid={testIds.columns.density}>
        <RadioButtonGroup
          size="sm"
          aria-label={t('density.label', 'Row density')}
          options={densities}
          value={density}
          onChange={setDensity}
        />
      </div>
    </Stack>
  );
}
