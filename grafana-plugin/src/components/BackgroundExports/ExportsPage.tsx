import React from 'react';
import { t } from '@grafana/i18n';
import { PluginPage } from '@grafana/runtime';
import { EmptyState } from '@grafana/ui';
import { mayExport } from '../../data/permissions.ts';
import { viewPath } from '../../links/page.ts';
import { PathLink } from '../PathLink.tsx';
import { testIds } from '../testIds.ts';
import { ExportList } from './ExportList.tsx';
import { NoKeeper } from './NoKeeper.tsx';
import { useBackgroundExports } from './use-background-exports.ts';

const STEP = 50;

/** The page with all background exports of the organization. */
export default function ExportsPage({ configured }: { configured: boolean }) {
  return (
    <PluginPage
      pageNav={{ text: t('exports.page-title', 'Audit log exports') }}
      subTitle={t('exports.page-subtitle', 'Files can be downloaded for 7 days and are then deleted')}
      actions={
        <PathLink look="bordered" icon="arrow-left" path={viewPath({})}>
          {t('entry.back', 'Audit log')}
        </PathLink>
      }
    >
      <div data-testid={testIds.backgroundExports.page}>
        {mayExport() ? configured ? <All /> : <NoKeeper /> : <Forbidden />}
      </div>
    </PluginPage>
  );
}

function All() {
  return (
    <ExportList exports={useBackgroundExports(STEP)}>
      <EmptyState variant="call-to-action" hideImage message={t('exports.empty', 'No exports yet')}>
        {t('exports.empty-how', 'On the audit log page, filter the entries, then choose Export → Background export…')}
      </EmptyState>
    </ExportList>
  );
}

function Forbidden() {
  return (
    <EmptyState
      variant="not-found"
      hideImage
      role="alert"
      message={t(
        'export.forbidden',
        'You do not have permission to export the audit log. Ask an administrator for the "Audit log exporter" role.',
      )}
    />
  );
}
