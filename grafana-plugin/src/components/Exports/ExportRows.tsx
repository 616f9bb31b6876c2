import React from 'react';
import { css } from '@emotion/css';
import { formattedValueToString, getValueFormat, type GrafanaTheme2 } from '@grafana/data';
import { t } from '@grafana/i18n';
import { Badge, Button, IconButton, Stack, useStyles2, type BadgeColor } from '@grafana/ui';
import { keeper, type BackgroundExport } from '../../data/keeper.ts';
import { usePersonalData } from '../PersonalData/PersonalData.tsx';
import { testIds } from '../testIds.ts';
import { filtersInWords } from './filters-in-words.ts';
import type { Exports } from './use-exports.ts';

interface Props {
  list: BackgroundExport[];
  act: Exports['act'];
  onRemove: (one: BackgroundExport) => void;
}

const STATUS: Record<BackgroundExport['status'], () => { text: string; color: BadgeColor }> = {
  queued: () => ({ text: t('exports.queued', 'Queued'), color: 'darkgrey' }),
  running: () => ({ text: t('exports.running', 'Running'), color: 'blue' }),
  completed: () => ({ text: t('exports.completed', 'Completed'), color: 'green' }),
  failed: () => ({ text: t('exports.failed-status', 'Failed'), color: 'red' }),
  cancelled: () => ({ text: t('exports.cancelled', 'Cancelled'), color: 'darkgrey' }),
  expired: () => ({ text: t('exports.expired', 'Expired'), color: 'darkgrey' }),
};

const when = (time: string) => time.slice(0, 16).replace('T', ' ');
const size = (bytes: number) => formattedValueToString(getValueFormat('bytes')(bytes, 1));

/** Hands a file that was read over to the browser. */
function save(blob: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

export function ExportRows({ list, act, onRemove }: Props) {
  const styles = useStyles2(getStyles);
  const heads = [
    t('exports.name', 'Name'),
    t('exports.who', 'Who, when (UTC)'),
    t('exports.range', 'Range (UTC)'),
    t('exports.filters', 'Filters'),
    t('exports.rows', 'Rows, size'),
    t('exports.status', 'Status'),
    t('exports.files', 'Files'),
  ];
  return (
    <table className={styles.table}>
      <thead>
        <tr>
          {heads.map((head) => (
            <th key={head}>{head}</th>
          ))}
        </tr>
      </thead>
      <tbody>
        {list.map((one) => (
          <Row key={one.id} one={one} act={act} onRemove={onRemove} />
        ))}
      </tbody>
    </table>
  );
}

function Row({ one, act, onRemove }: { one: BackgroundExport } & Omit<Props, 'list'>) {
  const { id, name, createdBy, createdAt, from, to, status, progress, files, error, expiresAt } = one;
  const { mask } = usePersonalData();
  const { text, color } = STATUS[status]();
  const rows = one.rows ?? progress?.rows;
  const bytes = files?.reduce((sum, file) => sum + file.bytes, 0) ?? progress?.bytes;
  const active = status === 'queued' || status === 'running';
  const share = progress ? ` ${Math.floor(progress.done * 100)} %` : '';
  return (
    <tr data-testid={testIds.exports.row}>
      <td>{mask('text', name)}</td>
      <td>
        {mask('text', createdBy.name)}
        <br />
        {when(createdAt)}
      </td>
      <td>
        {when(from)} – {when(to)}
      </td>
      <td>{filtersInWords(one, mask)}</td>
      <td>
        {rows?.toLocaleString() ?? '—'}
        {bytes !== undefined && (
          <>
            <br />
            {size(bytes)}
          </>
        )}
      </td>
      <td data-testid={testIds.exports.status}>
        <Badge text={`${text}${share}`} color={color} {...(error && { tooltip: mask('text', error.message) })} />
        {status === 'completed' && expiresAt !== undefined && (
          <div>{t('exports.until', 'until {{time}}', { time: when(expiresAt) })}</div>
        )}
        {error && <div>{mask('text', error.message)}</div>}
      </td>
      <td>
        <Stack gap={1} wrap="wrap" alignItems="center">
          {files?.map(({ format }) => (
            <Button
              key={format}
              size="sm"
              variant="secondary"
              icon="download-alt"
              onClick={() => void act(async () => save(await keeper.download(id, format), `${name}.${format}.zip`))}
              data-testid={testIds.exports.download(format)}
            >
              {format.toUpperCase()}
            </Button>
          ))}
          {active ? (
            <IconButton
              name="times-circle"
              tooltip={t('exports.cancel', 'Cancel')}
              onClick={() => void act(() => keeper.cancel(id))}
              data-testid={testIds.exports.cancel}
            />
          ) : (
            <IconButton
              name="repeat"
              tooltip={t('exports.rerun', 'Run again')}
              onClick={() => void act(() => keeper.rerun(id))}
              data-testid={testIds.exports.rerun}
            />
          )}
          <IconButton
            name="trash-alt"
            tooltip={t('exports.delete', 'Delete')}
            onClick={() => onRemove(one)}
            data-testid={testIds.exports.remove}
          />
        </Stack>
      </td>
    </tr>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  table: css({
    width: '100%',
    '& th, & td': { padding: theme.spacing(1), textAlign: 'left', verticalAlign: 'top' },
    '& tr': { borderBottom: `1px solid ${theme.colors.border.weak}` },
    '& td': { overflowWrap: 'anywhere' },
  }),
});
