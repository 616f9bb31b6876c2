import React, { useEffect, useRef, useState } from 'react';
import type { EntryQuery, TimeRange } from '@auditrail/core/query';
import { t } from '@grafana/i18n';
import { Button, CollapsableSection, EmptyState, Stack } from '@grafana/ui';
import { PATHS } from '../../constants.ts';
import { keeper } from '../../data/keeper.ts';
import { PathLink } from '../PathLink.tsx';
import { testIds } from '../testIds.ts';
import { ExportList } from './ExportList.tsx';
import { NewExportDialog } from './NewExportDialog.tsx';
import { NoKeeper } from './NoKeeper.tsx';
import { useBackgroundExports } from './use-background-exports.ts';

interface Props {
  /** Whether background exports are enabled in the settings. */
  configured: boolean;
  query: EntryQuery;
  range: TimeRange;
  /** IDs of the selected table columns, in their order. */
  columns: readonly string[];
  /** Whether the dialog for a new export is open. */
  dialogOpen: boolean;
  onDialogOpen: (open: boolean) => void;
}

// The exports page shows all.
const SHOWN = 10;

/** The newest background exports of the organization, below the entries. */
export default function ExportsSection({ configured, ...props }: Props) {
  return configured ? <ConfiguredSection {...props} /> : <NoKeeper />;
}

function ConfiguredSection({ query, range, columns, dialogOpen, onDialogOpen }: Omit<Props, 'configured'>) {
  // The exports page shows more than these.
  const { more, ...exports } = useBackgroundExports(SHOWN);
  const { total, act } = exports;
  const [open, setOpen] = useState(false);
  const [started, setStarted] = useState(0);
  const container = useRef<HTMLDivElement>(null);
  // The section is below the entries, so starting an export scrolls to it.
  useEffect(() => {
    if (started > 0) container.current?.scrollIntoView({ block: 'nearest' });
  }, [started]);
  const title = t('exports.title', 'Exports');
  const newExport = (
    <Button size="sm" variant="secondary" icon="plus" onClick={() => onDialogOpen(true)}>
      {t('exports.new', 'New background export')}
    </Button>
  );
  return (
    <div ref={container} data-testid={testIds.backgroundExports.container}>
      <CollapsableSection label={total === undefined ? title : `${title} (${total})`} isOpen={open} onToggle={setOpen}>
        <Stack direction="column" gap={1}>
          <ExportList exports={exports}>
            <EmptyState
              variant="call-to-action"
              hideImage
              message={t('exports.empty', 'No exports yet')}
              button={newExport}
            >
              {t('exports.empty-text', 'A background export contains the entries in this view, up to one year.')}
            </EmptyState>
          </ExportList>
          {total !== undefined && total > 0 && (
            <Stack gap={1} alignItems="center">
              {newExport}
              <PathLink look="bordered" icon="list-ul" path={PATHS.exports} data-testid={testIds.backgroundExports.all}>
                {more ? t('exports.all-of', 'All {{total}} exports', { total }) : t('exports.all', 'All exports')}
              </PathLink>
            </Stack>
          )}
        </Stack>
      </CollapsableSection>
      {dialogOpen && (
        <NewExportDialog
          query={query}
          range={range}
          columns={columns}
          onClose={() => onDialogOpen(false)}
          onStart={async (wanted) => {
            await keeper.start(wanted);
            onDialogOpen(false);
            setOpen(true);
            await act(() => Promise.resolve());
            setStarted(started + 1);
          }}
        />
      )}
    </div>
  );
}
