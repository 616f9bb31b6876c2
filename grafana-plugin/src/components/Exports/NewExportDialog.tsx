import React, { useState } from 'react';
import { EXPORT_FORMATS, formatTime, type EntryQuery, type TimeRange } from '@auditrail/core';
import { t } from '@grafana/i18n';
import { Alert, Button, Checkbox, Field, Input, Modal, Stack, Text } from '@grafana/ui';
import type { NewExport } from '../../data/keeper.ts';
import { AS_TEXT } from '../../format/as-text.ts';
import { usePersonalData } from '../PersonalData/PersonalData.tsx';
import { testIds } from '../testIds.ts';
import { filtersInWords } from './filters-in-words.ts';

interface Props {
  query: EntryQuery;
  range: TimeRange;
  onStart: (wanted: NewExport) => Promise<void>;
  onClose: () => void;
}

/** Asks for a background export of what the view shows. */
export function NewExportDialog({ query, range, onStart, onClose }: Props) {
  const { mask } = usePersonalData();
  const [name, setName] = useState('');
  const [formats, setFormats] = useState<string[]>(['ndjson']);
  const [error, setError] = useState<string>();
  const [working, setWorking] = useState(false);
  const [from, to] = [formatTime(range.start), formatTime(range.end)];
  const filters = [...(query.filters ?? [])];
  const start = async () => {
    setWorking(true);
    setError(undefined);
    const search = query.search ? { search: query.search } : {};
    await onStart({ name: name.trim(), formats, from, to, filters, ...search }).catch((cause: unknown) => {
      setError(cause instanceof Error ? cause.message : String(cause));
      setWorking(false);
    });
  };
  const minute = (time: string) => time.slice(0, 16).replace('T', ' ');
  return (
    <Modal isOpen title={t('exports.new', 'New background export')} onDismiss={onClose}>
      <div data-testid={testIds.exports.dialog}>
        <Field label={t('exports.name', 'Name')}>
          <Input
            id="auditrail-export-name"
            value={name}
            maxLength={120}
            placeholder={t('exports.name-example', 'Sign-ins of November')}
            onChange={({ currentTarget }) => setName(currentTarget.value)}
            data-testid={testIds.exports.name}
          />
        </Field>
        <Field label={t('exports.formats', 'Formats')}>
          <Stack gap={2} wrap="wrap">
            {Object.keys(EXPORT_FORMATS).map((format) => (
              <Checkbox
                key={format}
                label={format.toUpperCase()}
                value={formats.includes(format)}
                onChange={() =>
                  setFormats(formats.includes(format) ? formats.filter((one) => one !== format) : [...formats, format])
                }
              />
            ))}
          </Stack>
        </Field>
        <Text element="p">
          {t('exports.what', '{{from}} to {{to}} (UTC): {{filters}}', {
            ...{ from: minute(from), to: minute(to), filters: filtersInWords({ ...query, filters }, mask) },
            ...AS_TEXT,
          })}
        </Text>
        <Text element="p" color="secondary">
          {t(
            'exports.notice',
            'The files can be downloaded for 7 days, then they are deleted. The export and each download are entries of the log.',
          )}
        </Text>
        {error !== undefined && (
          <Alert severity="error" title={t('exports.failed', 'That did not work')} data-testid={testIds.exports.error}>
            {error}
          </Alert>
        )}
        <Modal.ButtonRow>
          <Button variant="secondary" fill="outline" onClick={onClose}>
            {t('exports.close', 'Close')}
          </Button>
          <Button
            disabled={working || name.trim() === '' || formats.length === 0}
            onClick={() => void start()}
            data-testid={testIds.exports.start}
          >
            {t('exports.start', 'Start export')}
          </Button>
        </Modal.ButtonRow>
      </div>
    </Modal>
  );
}
