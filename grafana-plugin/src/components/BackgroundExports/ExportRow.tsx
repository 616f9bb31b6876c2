import React, { useState } from 'react';
import { css } from '@emotion/css';
import { formattedValueToString, getValueFormat, type GrafanaTheme2 } from '@grafana/data';
import { t } from '@grafana/i18n';
import { Button, IconButton, Stack, useStyles2 } from '@grafana/ui';
import { keeper, type BackgroundExport } from '../../data/keeper.ts';
import { AS_TEXT } from '../../format/as-text.ts';
import { visible } from '../../format/invisible.ts';
import { useTimeZone } from '../../state/time-zone.ts';
import { usePersonalData } from '../PersonalData/PersonalData.tsx';
import { isolated, shown } from '../shown.tsx';
import { testIds } from '../testIds.ts';
import { download } from './download.ts';
import { ExportStatus } from './ExportStatus.tsx';
import { filtersInWords } from './filters-in-words.ts';
import { toMinute } from './times.ts';
import type { Exports } from './use-background-exports.ts';

const SHOWN_FILTERS = 3;
const size = (bytes: number) => formattedValueToString(getValueFormat('bytes')(bytes, 1));

interface Props {
  one: BackgroundExport;
  act: Exports['act'];
  onRemove: (one: BackgroundExport) => void;
}

export function ExportRow({ one, act, onRemove }: Props) {
  const styles = useStyles2(getStyles);
  const zone = useTimeZone();
  const { mask } = usePersonalData();
  const [busy, setBusy] = useState(false);
  const { id, createdBy, createdAt, from, to, status, progress, files } = one;
  const name = visible(mask('text', one.name));
  const rows = one.rows ?? progress?.rows;
  const bytes = files?.reduce((sum, file) => sum + file.bytes, 0) ?? progress?.bytes;
  const filters = filtersInWords(one, mask);
  const active = status === 'queued' || status === 'running';
  const downloadOf = (format: string) =>
    t('exports.download', 'Download {{format}} with its manifest, as a ZIP', { format: format.toUpperCase() });
  const run = async (action: () => Promise<unknown>) => {
    setBusy(true);
    await act(action);
    setBusy(false);
  };
  return (
    <tr data-testid={testIds.backgroundExports.row}>
      <td className={styles.name}>
        <bdi>{name}</bdi>
        <div className={styles.secondary} title={mask('text', createdBy.email ?? '')}>
          {isolated(mask('text', createdBy.name))}
          <div className={styles.whole}>{toMinute(createdAt, zone)}</div>
        </div>
      </td>
      <td className={styles.whole}>
        {toMinute(from, zone)} –
        <br />
        {toMinute(to, zone)}
      </td>
      <td className={styles.filters} title={visible(filters.join('\n'))}>
        {filters.slice(0, SHOWN_FILTERS).map((words) => (
          <div key={words} className={styles.filter}>
            {shown(words)}
          </div>
        ))}
        {filters.length > SHOWN_FILTERS && (
          <div className={styles.secondary}>
            {t('exports.more-filters', '{{number}} more', { number: filters.length - SHOWN_FILTERS })}
          </div>
        )}
      </td>
      <td className={styles.whole}>
        {rows?.toLocaleString('en') ?? '—'}
        {bytes !== undefined && <div className={styles.secondary}>{size(bytes)}</div>}
      </td>
      <td className={styles.status} data-testid={testIds.backgroundExports.status}>
        <ExportStatus one={one} />
      </td>
      <td>
        <Stack gap={0.5} wrap="wrap">
          {files?.map((file) => (
            <Button
              key={file.format}
              size="sm"
              variant="secondary"
              disabled={busy}
              aria-label={downloadOf(file.format)}
              tooltip={downloadOf(file.format)}
              onClick={() => void run(() => download(one, file))}
              data-testid={testIds.backgroundExports.download(file.format)}
            >
              {file.format.toUpperCase()}
            </Button>
          )) ?? <span className={styles.secondary}>{one.formats.join(', ').toUpperCase()}</span>}
        </Stack>
      </td>
      <td>
        <Stack gap={1} alignItems="center" justifyContent="flex-end">
          {active ? (
            <IconButton
              name="times-circle"
              tooltip={t('exports.cancel', 'Cancel {{name}}', { name, ...AS_TEXT })}
              disabled={busy}
              onClick={() => void run(() => keeper.cancel(id))}
              data-testid={testIds.backgroundExports.cancel}
            />
          ) : (
            <IconButton
              name="repeat"
              tooltip={t('exports.rerun', 'Run {{name}} again', { name, ...AS_TEXT })}
              disabled={busy}
              onClick={() => void run(() => keeper.rerun(id))}
              data-testid={testIds.backgroundExports.rerun}
            />
          )}
          <IconButton
            name="trash-alt"
            tooltip={t('exports.delete-one', 'Delete {{name}}', { name, ...AS_TEXT })}
            disabled={busy}
            onClick={() => onRemove(one)}
            data-testid={testIds.backgroundExports.remove}
          />
        </Stack>
      </td>
    </tr>
  );
}

// Text columns shrink, so that the actions on the right stay visible at 1024 pixels in every language.
const wordsColumn = { minWidth: 116, maxWidth: 320, overflowWrap: 'anywhere' } as const;

const getStyles = (theme: GrafanaTheme2) => ({
  name: css(wordsColumn),
  secondary: css({ color: theme.colors.text.secondary, fontSize: theme.typography.bodySmall.fontSize }),
  whole: css({ whiteSpace: 'nowrap' }),
  filters: css(wordsColumn),
  filter: css({
    // On a single line, a long condition would make the table wider than the page.
    display: '-webkit-box',
    WebkitBoxOrient: 'vertical',
    WebkitLineClamp: 3,
    overflow: 'hidden',
    unicodeBidi: 'plaintext',
  }),
  status: css(wordsColumn),
});
