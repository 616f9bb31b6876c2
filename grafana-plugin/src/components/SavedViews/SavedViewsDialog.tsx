import React, { useState, type SyntheticEvent } from 'react';
import { t } from '@grafana/i18n';
import { Button, ConfirmButton, Field, Input, Modal, Stack } from '@grafana/ui';
import { AS_TEXT } from '../../format/as-text.ts';
import { visible } from '../../format/invisible.ts';
import { SAVED_VIEW_LIMITS, type SavedView } from '../../state/saved-view.ts';
import { queryOf, type useSavedViews } from '../../state/saved-views.ts';
import type { View } from '../../state/view.ts';
import { useInitialFocus } from '../Filters/use-initial-focus.ts';
import { usePersonalData } from '../PersonalData/PersonalData.tsx';
import { testIds } from '../testIds.ts';

interface Props {
  view: View;
  saved: ReturnType<typeof useSavedViews>;
  onDismiss: () => void;
}

/** Saves the current view under a name, and renames, overwrites, and deletes saved views. */
export function SavedViewsDialog({ view, saved, onDismiss }: Props) {
  const [name, setName] = useState('');
  const { views, save } = saved;
  const input = useInitialFocus();
  const known = views.some((one) => one.name === name.trim());
  const problem =
    queryOf(view).length > SAVED_VIEW_LIMITS.queryChars
      ? t('views.too-long', 'This view has too many filter values to be saved')
      : views.length >= SAVED_VIEW_LIMITS.views && !known
        ? t('views.too-many', 'You already have {{max}} saved views. Delete one first.', {
            max: SAVED_VIEW_LIMITS.views,
          })
        : undefined;
  const onSubmit = (event: SyntheticEvent) => {
    event.preventDefault();
    if (!name.trim() || problem) return;
    save(name, view);
    onDismiss();
  };
  return (
    <Modal isOpen title={t('views.title', 'Saved views')} onDismiss={onDismiss}>
      <form onSubmit={onSubmit}>
        <Stack alignItems="flex-end">
          <Field
            noMargin
            label={t('views.save-as', 'Save this view as')}
            description={t(
              'views.what',
              'A saved view contains the time range, tab, search, and filters. To share a view, share the address of the page.',
            )}
            invalid={problem !== undefined}
            error={problem}
          >
            <Input
              ref={input}
              value={name}
              maxLength={SAVED_VIEW_LIMITS.nameChars}
              onChange={(event) => setName(event.currentTarget.value)}
              aria-label={t('views.name', 'Name')}
              data-testid={testIds.views.name}
            />
          </Field>
          <Button type="submit" disabled={!name.trim() || problem !== undefined} data-testid={testIds.views.save}>
            {known ? t('views.overwrite', 'Overwrite') : t('views.save', 'Save')}
          </Button>
        </Stack>
      </form>
      <Stack direction="column">
        {views.map((one) => (
          <SavedRow key={one.name} one={one} view={view} saved={saved} />
        ))}
      </Stack>
    </Modal>
  );
}

function SavedRow({ one, view, saved }: { one: SavedView; view: View; saved: Props['saved'] }) {
  const { mask } = usePersonalData();
  const masked = mask('text', one.name);
  const [name, setName] = useState(one.name);
  const taken = saved.views.some((other) => other !== one && other.name === name.trim());
  const keep = () => {
    if (name.trim() && !taken && name.trim() !== one.name) saved.rename(one.name, name);
    else setName(one.name);
  };
  return (
    <div data-testid={testIds.views.row}>
      <Stack alignItems="center">
        <Input
          // A masked name cannot be changed.
          {...(masked === one.name ? { value: name } : { value: masked, readOnly: true })}
          invalid={taken}
          maxLength={SAVED_VIEW_LIMITS.nameChars}
          aria-label={t('views.rename', 'Name of {{name}}', { name: visible(masked), ...AS_TEXT })}
          onChange={(event) => setName(event.currentTarget.value)}
          onBlur={keep}
          onKeyDown={(event) => event.key === 'Enter' && keep()}
        />
        <Button variant="secondary" onClick={() => saved.save(one.name, view)}>
          {t('views.overwrite', 'Overwrite')}
        </Button>
        <ConfirmButton
          confirmText={t('views.delete', 'Delete')}
          confirmVariant="destructive"
          onConfirm={() => saved.remove(one.name)}
        >
          {t('views.delete', 'Delete')}
        </ConfirmButton>
      </Stack>
    </div>
  );
}
