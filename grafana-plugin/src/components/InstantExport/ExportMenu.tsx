import React from 'react';
import { t } from '@grafana/i18n';
import { Button, Dropdown, Icon, Menu } from '@grafana/ui';
import { mayExport } from '../../data/permissions.ts';
import { testIds } from '../testIds.ts';
import { INSTANT_FORMATS, type Exporting, type InstantFormat } from './use-instant-export.ts';

interface Props {
  exporting: Exporting;
  /** Opens the dialog for background exports. Without it, they are not offered. */
  onBackground?: (() => void) | undefined;
}

const WORDS: Record<InstantFormat, () => { label: string; description: string }> = {
  csv: () => ({
    label: t('export.csv', 'CSV'),
    description: t('export.csv-for', 'For spreadsheets, with the selected columns'),
  }),
  json: () => ({ label: t('export.json', 'JSON'), description: t('export.json-for', 'For other tools') }),
  ndjson: () => ({
    label: t('export.ndjson', 'NDJSON'),
    description: t('export.ndjson-for', 'For evidence: the lines as stored'),
  }),
};

/** The export menu: downloads the entries of the view, or opens the dialog for background exports. */
export function ExportMenu({ exporting, onBackground }: Props) {
  const label = t('export.menu', 'Export');
  if (!mayExport()) {
    return (
      <Button
        variant="secondary"
        icon="download-alt"
        disabled
        tooltip={t(
          'export.forbidden',
          'You do not have permission to export the audit log. Ask an administrator for the "Audit log exporter" role.',
        )}
        data-testid={testIds.instantExport.menu}
      >
        {label}
      </Button>
    );
  }
  const menu = (
    <Menu>
      <Menu.Group label={t('export.view', 'Entries in this view')}>
        {INSTANT_FORMATS.map((format) => (
          <Menu.Item
            key={format}
            {...WORDS[format]()}
            onClick={() => exporting.start(format)}
            testId={testIds.instantExport.format(format)}
          />
        ))}
      </Menu.Group>
      {onBackground && (
        <>
          <Menu.Divider />
          <Menu.Item
            label={t('export.background', 'Background export…')}
            description={t('export.background-for', 'Up to one year, as a ZIP with a signed manifest')}
            onClick={onBackground}
            testId={testIds.instantExport.background}
          />
        </>
      )}
    </Menu>
  );
  return (
    <Dropdown overlay={menu} placement="bottom-end">
      <Button variant="secondary" icon="download-alt" data-testid={testIds.instantExport.menu}>
        {label} <Icon name="angle-down" />
      </Button>
    </Dropdown>
  );
}
