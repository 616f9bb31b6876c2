import React, { useState, type ReactNode } from 'react';
import { t } from '@grafana/i18n';
import { Alert, Button, ConfirmModal, LoadingPlaceholder, Stack } from '@grafana/ui';
import { keeper, type BackgroundExport } from '../../data/keeper.ts';
import { AS_TEXT } from '../../format/as-text.ts';
import { usePersonalData } from '../PersonalData/PersonalData.tsx';
import { testIds } from '../testIds.ts';
import { ExportRows } from './ExportRows.tsx';
import { SigningKey } from './SigningKey.tsx';
import type { Exports } from './use-background-exports.ts';

interface Props {
  exports: Exports;
  /** Shown if there are no exports. */
  children: ReactNode;
}

/** The exports with their actions, and errors. */
export function ExportList({ exports, children }: Props) {
  const { list, total, signer, error, act, dismiss, more } = exports;
  const { mask } = usePersonalData();
  const [removing, setRemoving] = useState<BackgroundExport>();
  return (
    <Stack direction="column" gap={1}>
      {error && (
        <Alert
          severity="error"
          title={t('exports.failed', 'The request failed')}
          onRemove={dismiss}
          bottomSpacing={0}
          data-testid={testIds.backgroundExports.error}
        >
          {error.message}
        </Alert>
      )}
      {!list && !error && <LoadingPlaceholder text={t('exports.loading', 'Loading exports…')} />}
      {list?.length === 0 && <div data-testid={testIds.backgroundExports.empty}>{children}</div>}
      {list && list.length > 0 && <ExportRows list={list} act={act} onRemove={setRemoving} />}
      {more && (
        <div>
          <Button variant="secondary" size="sm" onClick={more} data-testid={testIds.backgroundExports.more}>
            {t('exports.more', 'Show more ({{shown}} of {{total}})', { shown: list?.length ?? 0, total })}
          </Button>
        </div>
      )}
      {signer && list && list.length > 0 && <SigningKey {...signer} />}
      <ConfirmModal
        isOpen={removing !== undefined}
        title={t('exports.delete-title', 'Delete this export?')}
        body={t(
          'exports.delete-body',
          'The files of "{{name}}" will be permanently deleted. The deletion is recorded in the audit log.',
          { name: mask('text', removing?.name ?? ''), ...AS_TEXT },
        )}
        confirmText={t('exports.delete', 'Delete')}
        onConfirm={() => {
          const id = removing?.id;
          setRemoving(undefined);
          if (id !== undefined) void act(() => keeper.remove(id));
        }}
        onDismiss={() => setRemoving(undefined)}
      />
    </Stack>
  );
}
