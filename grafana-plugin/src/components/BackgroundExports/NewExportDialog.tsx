import React, { useState, type SyntheticEvent } from 'react';
import { css } from '@emotion/css';
import { formatTime } from '@auditrail/core';
import { EXPORT_FORMATS, type ExportFormatId } from '@auditrail/core/formats';
import { type EntryQuery, type TimeRange } from '@auditrail/core/query';
import type { GrafanaTheme2 } from '@grafana/data';
import { t } from '@grafana/i18n';
import { Alert, Button, Checkbox, Field, Input, Modal, useStyles2 } from '@grafana/ui';
import type { NewExport } from '../../data/keeper.ts';
import { screenColumns } from '../../format/screen-columns.ts';
import { AS_TEXT } from '../../format/as-text.ts';
import { zoneName } from '../../format/when.ts';
import { useTimeZone } from '../../state/time-zone.ts';
import { useInitialFocus } from '../Filters/use-initial-focus.ts';
import { usePersonalData } from '../PersonalData/PersonalData.tsx';
import { SubmitButton } from '../SubmitButton.tsx';
import { testIds } from '../testIds.ts';
import { filtersInWords } from './filters-in-words.ts';
import { formatFor } from './format-words.ts';
import { toMinute } from './times.ts';

const FORMATS = Object.keys(EXPORT_FORMATS) as ExportFormatId[];

interface Props {
  query: EntryQuery;
  range: TimeRange;
  /** IDs of the selected table columns, in their order. */
  columns: readonly string[];
  onStart: (wanted: NewExport) => Promise<void>;
  onClose: () => void;
}

/** The dialog that starts a background export of the view. */
export function NewExportDialog({ query, range, columns, onStart, onClose }: Props) {
  const styles = useStyles2(getStyles);
  const zone = useTimeZone();
  const { mask } = usePersonalData();
  const nameField = useInitialFocus();
  const [name, setName] = useState('');
  const [formats, setFormats] = useState<ExportFormatId[]>(['ndjson']);
  const [error, setError] = useState<string>();
  const [working, setWorking] = useState(false);
  const [from, to] = [formatTime(range.start), formatTime(range.end)];
  const filters = [...(query.filters ?? [])];
  const { search } = query;
  const start = async (event: SyntheticEvent) => {
    event.preventDefault();
    setWorking(true);
    setError(undefined);
    const wanted = {
      ...{ name: name.trim(), formats, from, to, filters, ...(search && { search }) },
      ...(formats.includes('csv') && { columns: screenColumns(columns) }),
    };
    await onStart(wanted).catch((cause: unknown) => {
      setError(cause instanceof Error ? cause.message : String(cause));
      setWorking(false);
    });
  };
  const toggle = (format: ExportFormatId) =>
    setFormats(FORMATS.filter((one) => formats.includes(one) !== (one === format)));
  return (
    <Modal isOpen title={t('exports.new', 'New background export')} onDismiss={onClose}>
      <form onSubmit={(event) => void start(event)} data-testid={testIds.backgroundExports.dialog}>
        <Field noMargin label={t('exports.name', 'Name')}>
          <Input
            id="auditrail-export-name"
            ref={nameField}
            value={name}
            maxLength={120}
            placeholder={t('exports.name-example', 'November sign-ins')}
            onChange={({ currentTarget }) => setName(currentTarget.value)}
            data-testid={testIds.backgroundExports.name}
          />
        </Field>
        <fieldset className={styles.formats}>
          <legend className={styles.label}>{t('exports.formats', 'Formats')}</legend>
          {FORMATS.map((format) => (
            <Checkbox
              key={format}
              label={format.toUpperCase()}
              description={formatFor(format)}
              value={formats.includes(format)}
              onChange={() => toggle(format)}
              data-testid={testIds.backgroundExports.format(format)}
            />
          ))}
        </fieldset>
        <div className={styles.label}>{t('exports.what', 'Entries to export')}</div>
        <ul className={styles.words} data-testid={testIds.backgroundExports.words}>
          <li>
            {t('exports.what-range', '{{from}} to {{to}} ({{zone}})', {
              ...{ from: toMinute(from, zone), to: toMinute(to, zone), zone: zoneName(zone) },
              ...AS_TEXT,
            })}
          </li>
          {filtersInWords({ filters, ...(search && { search }) }, mask).map((words) => (
            <li key={words}>{words}</li>
          ))}
        </ul>
        <Alert
          severity="info"
          bottomSpacing={0}
          title={t('exports.notice', 'Files can be downloaded for 7 days and are then deleted')}
        >
          {t(
            'exports.notice-text',
            'Files contain unmasked personal data. The export and each download are recorded in the audit log under your name.',
          )}
        </Alert>
        {error !== undefined && (
          <div className={styles.error}>
            <Alert
              severity="error"
              bottomSpacing={0}
              title={t('exports.failed', 'The request failed')}
              data-testid={testIds.backgroundExports.error}
            >
              {error}
            </Alert>
          </div>
        )}
        <Modal.ButtonRow>
          <Button variant="secondary" fill="outline" onClick={onClose}>
            {t('exports.close', 'Close')}
          </Button>
          <SubmitButton
            busy={working}
            disabled={name.trim() === '' || formats.length === 0}
            data-testid={testIds.backgroundExports.start}
          >
            {working ? t('exports.starting', 'Starting…') : t('exports.start', 'Start export')}
          </SubmitButton>
        </Modal.ButtonRow>
      </form>
    </Modal>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  label: css({
    marginBottom: theme.spacing(0.5),
    fontSize: theme.typography.bodySmall.fontSize,
    fontWeight: theme.typography.fontWeightMedium,
  }),
  formats: css({
    display: 'grid',
    gridTemplateColumns: 'repeat(auto-fill, minmax(200px, 1fr))',
    // A stretched checkbox is separated from its label.
    justifyItems: 'start',
    gap: theme.spacing(1),
    margin: theme.spacing(2, 0),
  }),
  // Many long conditions must not move the buttons out of view.
  words: css({
    maxHeight: 160,
    overflowY: 'auto',
    margin: theme.spacing(0, 0, 2),
    paddingLeft: theme.spacing(2.5),
    overflowWrap: 'anywhere',
  }),
  error: css({ marginTop: theme.spacing(1) }),
});
