import React, { useState } from 'react';
import type { EntryQuery, TimeRange } from '@auditrail/core';
import { t } from '@grafana/i18n';
import { Alert, Button, CollapsableSection, ConfirmModal, EmptyState, Text } from '@grafana/ui';
import { keeper, type BackgroundExport } from '../../data/keeper.ts';
import { testIds } from '../testIds.ts';
import { ExportRows } from './ExportRows.tsx';
import { NewExportDialog } from './NewExportDialog.tsx';
import { useExports } from './use-exports.ts';

interface Props {
  /** Whether the settings name a keeper. */
  configured: boolean;
  query: EntryQuery;
  range: TimeRange;
  /** Whether the dialog for a new export is open. */
  asking: boolean;
  onAsking: (asking: boolean) => void;
}

/** The background exports of the organisation, below the entries. */
export default function ExportsSection({ configured, ...props }: Props) {
  if (configured) return <ConfiguredSection {...props} />;
  return (
    <div data-testid={testIds.exports.notConfigured}>
      <Text color="secondary">
        {t(
          'exports.not-configured',
          'Background exports need a keeper: start "auditrail serve" and enter its address and token on the configuration page.',
        )}
      </Text>
    </div>
  );
}

function ConfiguredSection({ query, range, asking, onAsking }: Omit<Props, 'configured'>) {
  const { list, error, act } = useExports();
  const [open, setOpen] = useState(false);
  const [removing, setRemoving] = useState<BackgroundExport>();
  const title = t('exports.title', 'Exports');
  return (
    <div data-testid={testIds.exports.container}>
      <CollapsableSection label={list ? `${title} (${list.length})` : title} isOpen={open} onToggle={setOpen}>
        {error && (
          <Alert severity="error" title={t('exports.failed', 'That did not work')} data-testid={testIds.exports.error}>
            {error.message}
          </Alert>
        )}
        {list?.length === 0 && (
          <div data-testid={testIds.exports.empty}>
            <EmptyState
              variant="call-to-action"
              message={t('exports.empty', 'There are no exports yet')}
              button={<Button onClick={() => onAsking(true)}>{t('exports.new', 'New background export')}</Button>}
            />
          </div>
        )}
        {list && list.length > 0 && <ExportRows list={list} act={act} onRemove={setRemoving} />}
      </CollapsableSection>
      {asking && (
        <NewExportDialog
          query={query}
          range={range}
          onClose={() => onAsking(false)}
          onStart={async (wanted) => {
            await keeper.start(wanted);
            onAsking(false);
            setOpen(true);
            await act(() => Promise.resolve());
          }}
        />
      )}
      <ConfirmModal
        isOpen={removing !== undefined}
        title={t('exports.delete-title', 'Delete this export?')}
        body={t('exports.delete-body', 'Its files are gone for good. The deletion is an entry of the log.')}
        confirmText={t('exports.delete', 'Delete')}
        onConfirm={() => {
          const id = removing?.id;
          setRemoving(undefined);
          if (id !== undefined) void act(() => keeper.remove(id));
        }}
        onDismiss={() => setRemoving(undefined)}
      />
    </div>
  );
}
