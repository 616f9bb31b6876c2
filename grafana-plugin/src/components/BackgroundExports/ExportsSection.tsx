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
  /** Whether the settings name a keeper. */
  configured: boolean;
  query: EntryQuery;
  range: TimeRange;
  /** Ids of the table's columns, as they are on screen. */
  columns: readonly string[];
  /** Whether the dialog for a new export is open. */
  asking: boolean;
  onAsking: (asking: boolean) => void;
}

// The rest is on the page of exports.
const SHOWN = 10;

/** The newest background exports of the organisation, below the entries. */
export default function ExportsSection({ configured, ...props }: Props) {
  return configured ? <ConfiguredSection {...props} /> : <NoKeeper />;
}

function ConfiguredSection({ query, range, columns, asking, onAsking }: Omit<Props, 'configured'>) {
  // What there is more of than these stands on the page of its own.
  const { more, ...exports } = useBackgroundExports(SHOWN);
  const { total, act } = exports;
  const [open, setOpen] = useState(false);
  const [started, setStarted] = useState(0);
  const container = useRef<HTMLDivElement>(null);
  // It is below the entries: who starts an export is led there.
  useEffect(() => {
    if (started > 0) container.current?.scrollIntoView({ block: 'nearest' });
  }, [started]);
  const title = t('exports.title', 'Exports');
  const newExport = (
    <Button size="sm" variant="secondary" icon="plus" onClick={() => onAsking(true)}>
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
      {asking && (
        <NewExportDialog
          query={query}
          range={range}
          columns={columns}
          onClose={() => onAsking(false)}
          onStart={async (wanted) => {
            await keeper.start(wanted);
            onAsking(false);
            setOpen(true);
            await act(() => Promise.resolve());
            setStarted(started + 1);
          }}
        />
      )}
    </div>
  );
}
