import React, { lazy, Suspense, useState } from 'react';
import { t } from '@grafana/i18n';
import { Button, Dropdown, Menu } from '@grafana/ui';
import { visible } from '../../format/invisible.ts';
import { readyMadeViews } from '../../state/ready-made-views.ts';
import type { SavedView } from '../../state/saved-view.ts';
import { isShown, useSavedViews, viewOf } from '../../state/saved-views.ts';
import type { View } from '../../state/view.ts';
import { usePersonalData } from '../PersonalData/PersonalData.tsx';
import { testIds } from '../testIds.ts';

const SavedViewsDialog = lazy(async () => ({ default: (await import('./SavedViewsDialog.tsx')).SavedViewsDialog }));

interface Props {
  view: View;
  /** Saved views of the organization. */
  shared?: readonly SavedView[] | undefined;
  onChoose: (view: View) => void;
}

/**
 * The menu "Saved views": selects a view of the user, of the organization, or a ready-made one, or opens the dialog to save,
 * rename, and delete the user's views.
 */
export function SavedViews({ view, shared = [], onChoose }: Props) {
  const saved = useSavedViews();
  const { mask } = usePersonalData();
  const [open, setOpen] = useState(false);
  const readyMade = readyMadeViews();
  const all = [...saved.views, ...shared, ...readyMade.flatMap(({ views }) => views)];
  const shown = all.find((one) => isShown(one, view));
  const items = (views: readonly SavedView[]) =>
    views.map((one) => (
      <Menu.Item
        key={one.name}
        label={visible(mask('text', one.name))}
        active={one === shown}
        onClick={() => onChoose(viewOf(one))}
      />
    ));
  const menu = (
    <Menu>
      {items(saved.views)}
      <Menu.Item
        icon="save"
        label={t('views.manage', 'Save or manage views…')}
        onClick={() => setOpen(true)}
        testId={testIds.views.manage}
      />
      {shared.length > 0 && (
        <Menu.Group label={t('views.organization', 'Your organization')}>{items(shared)}</Menu.Group>
      )}
      {readyMade.map(({ role, views }) => (
        <Menu.Group key={role} label={role}>
          {items(views)}
        </Menu.Group>
      ))}
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
