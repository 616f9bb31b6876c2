import React from 'react';
import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { t } from '@grafana/i18n';
import { Alert, Button, LinkButton, useStyles2 } from '@grafana/ui';
import { PATHS } from '../../constants.ts';
import { testIds } from '../testIds.ts';
import type { Exporting, ExportState } from './use-instant-export.ts';

interface Props {
  exporting: Exporting;
  /** Opens the dialog for background exports. Without it, the command is mentioned instead. */
  onBackground?: (() => void) | undefined;
}

/** The progress of an export and its result. */
export function InstantExportStatus({ exporting, onBackground }: Props) {
  const { state, dismiss } = exporting;
  if (!state) return null;
  switch (state.step) {
    case 'counting':
    case 'reading':
    case 'recording':
      return <Running state={state} onCancel={dismiss} />;
    case 'too-large':
      return <TooLarge state={state} exporting={exporting} onBackground={onBackground} />;
    case 'done':
      return (
        <Alert
          severity="success"
          bottomSpacing={0}
          title={t('export.done', 'Exported {{rows}} entries to {{name}}', {
            rows: state.file.rows.toLocaleString('en'),
            name: state.file.name,
          })}
          onRemove={dismiss}
          data-testid={testIds.instantExport.done}
        >
          {t('export.done-recorded', 'The export is recorded in the audit log under your name. SHA-256: {{sha256}}', {
            sha256: state.file.sha256,
          })}
        </Alert>
      );
    case 'failed':
      return <Failed why={state.why} onRemove={dismiss} />;
  }
}

function Running({ state, onCancel }: { state: Extract<ExportState, { format: string }>; onCancel: () => void }) {
  const styles = useStyles2(getStyles);
  const rows = 'rows' in state ? state.rows : 0;
  const total = 'total' in state ? state.total : undefined;
  const label = t('export.running', 'Exporting {{format}}', { format: state.format.toUpperCase() });
  const words =
    state.step === 'counting'
      ? t('export.counting', 'Counting the entries…')
      : state.step === 'recording'
        ? t('export.recording', 'Recording the export in the audit log…')
        : total === undefined
          ? t('export.rows', '{{rows}} entries', { rows: rows.toLocaleString('en') })
          : t('export.rows-of', '{{rows}} of {{total}} entries', {
              rows: rows.toLocaleString('en'),
              total: total.toLocaleString('en'),
            });
  return (
    <div className={styles.running} data-testid={testIds.instantExport.progress}>
      <strong>{label}</strong>
      <progress
        className={styles.bar}
        aria-label={label}
        {...(total !== undefined && state.step === 'reading' && { value: rows, max: Math.max(total, rows, 1) })}
      />
      <span className={styles.words} role="status">
        {words}
      </span>
      <Button size="sm" variant="secondary" onClick={onCancel} data-testid={testIds.instantExport.cancel}>
        {t('export.cancel', 'Cancel')}
      </Button>
    </div>
  );
}

function TooLarge({ state, exporting, onBackground }: Props & { state: Extract<ExportState, { step: 'too-large' }> }) {
  const styles = useStyles2(getStyles);
  const { format, total, maxRows, canSave } = state;
  return (
    <Alert
      severity="warning"
      bottomSpacing={0}
      title={
        total === undefined
          ? t('export.too-large', 'Too many entries for a download from this page')
          : t('export.too-many', '{{total}} entries are too many for a download from this page', {
              total: total.toLocaleString('en'),
            })
      }
      onRemove={exporting.dismiss}
      data-testid={testIds.instantExport.tooLarge}
    >
      <p>
        {t(
          'export.too-large-text',
          'Downloads from this page are limited to {{maxRows}} entries. Narrow the filters or the time range, or:',
          { maxRows: maxRows.toLocaleString('en') },
        )}
      </p>
      <div className={styles.ways}>
        {onBackground && (
          <Button onClick={onBackground} data-testid={testIds.instantExport.toBackground}>
            {t('export.to-background', 'Export in the background…')}
          </Button>
        )}
        {canSave && (
          <Button variant="secondary" onClick={() => exporting.save(format)} data-testid={testIds.instantExport.save}>
            {t('export.save', 'Save directly to a file…')}
          </Button>
        )}
        {!onBackground && <span>{t('export.by-command', 'The command "auditrail export" has no limit.')}</span>}
      </div>
    </Alert>
  );
}

function Failed({ why, onRemove }: { why: Extract<ExportState, { step: 'failed' }>['why']; onRemove: () => void }) {
  return (
    <Alert
      severity="error"
      bottomSpacing={0}
      title={why.cause}
      onRemove={onRemove}
      data-testid={testIds.instantExport.failed}
    >
      <p>{why.remedy}</p>
      {why.detail && <p>{why.detail}</p>}
      {why.configure && (
        <LinkButton size="sm" variant="secondary" href={PATHS.configuration}>
          {t('export.configuration', 'Configuration')}
        </LinkButton>
      )}
    </Alert>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  running: css({
    display: 'flex',
    alignItems: 'center',
    flexWrap: 'wrap',
    gap: theme.spacing(1.5),
    padding: theme.spacing(1, 2),
    borderRadius: theme.shape.radius.default,
    background: theme.colors.background.secondary,
  }),
  // Each browser has its own selectors for the two parts of its bar.
  bar: css({
    flex: '1 1 160px',
    maxWidth: 400,
    height: 6,
    appearance: 'none',
    border: 'none',
    borderRadius: theme.shape.radius.pill,
    overflow: 'hidden',
    background: theme.colors.border.medium,
    '&::-webkit-progress-bar': { background: theme.colors.border.medium },
    '&::-webkit-progress-value': { background: theme.colors.primary.main },
    '&::-moz-progress-bar': { background: theme.colors.primary.main },
  }),
  words: css({ fontVariantNumeric: 'tabular-nums', color: theme.colors.text.secondary }),
  ways: css({ display: 'flex', alignItems: 'center', flexWrap: 'wrap', gap: theme.spacing(1) }),
});
