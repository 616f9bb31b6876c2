import React, { lazy, Suspense, useState } from 'react';
import { t } from '@grafana/i18n';
import { Button, Dropdown, Menu } from '@grafana/ui';
import { visible } from '../../format/invisible.ts';
import { isShown, useSavedViews, viewOf } from '../../state/saved-views.ts';
import type { View } from '../../state/view.ts';
import { usePersonalData } from '../PersonalData/PersonalData.tsx';
import { testIds } from '../testIds.ts';

const SavedViewsDialog = lazy(async () => ({ default: (await import('./SavedViewsDialog.tsx')).SavedViewsDialog }));

/** The menu "Saved views": selects a view, or opens the dialog to save, rename, and delete views. */
export function SavedViews({ view, onChoose }: { view: View; onChoose: (view: View) => void }) {
  const saved = useSavedViews();
  const { mask } = usePersonalData();
  const [open, setOpen] = useState(false);
  const shown = saved.views.find((one) => isShown(one, view));
  const menu = (
    <Menu>
      {saved.views.map((one) => (
        <Menu.Item
          key={one.name}
          label={visible(mask('text', one.name))}
          active={one === shown}
          onClick={() => onChoose(viewOf(one))}
        />
      ))}
      {saved.views.length > 0 && <Menu.Divider />}
      <Menu.Item
        icon="save"
        label={t('views.manage', 'Save or manage views…')}
        onClick={() => setOpen(true)}
        testId={testIds.views.manage}
      />
    </Menu>
  );
  return (
    <>
      <Dropdown overlay={menu} placement="bottom-end">
        <Button variant="secondary" fill="outline" icon="star" data-testid={testIds.views.menu}>
          {shown ? visible(mask('text', shown.name)) : t('views.title', 'Saved views')}
        </Button>
      </Dropdown>
      {open && (
        <Suspense fallback={null}>
          <SavedViewsDialog view={view} saved={saved} onDismiss={() => setOpen(false)} />
        </Suspense>
      )}
    </>
  );
}
