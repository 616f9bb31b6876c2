import React, { useState } from 'react';
import { css } from '@emotion/css';
import type { TrailLine } from '@auditrail/core/loki';
import type { GrafanaTheme2 } from '@grafana/data';
import { t } from '@grafana/i18n';
import { ClipboardButton, RadioButtonGroup, useStyles2 } from '@grafana/ui';
import { prettyLine } from '../../format/json-text.ts';
import { shown } from '../shown.tsx';
import { testIds } from '../testIds.ts';
import { Section } from './Section.tsx';

/** The line itself, as formatted JSON or as stored, byte for byte, with a button to copy it. */
export function StoredLine({ line: { line, entry } }: { line: TrailLine }) {
  const styles = useStyles2(getStyles);
  const [form, setForm] = useState<'json' | 'raw'>('json');
  const text = form === 'json' ? prettyLine(line) : line;
  const title = entry ? t('details.json', 'Entry') : t('details.line', 'Stored line');
  return (
    <Section
      title={title}
      actions={
        <>
          <RadioButtonGroup
            size="sm"
            aria-label={t('details.form', 'Entry format')}
            options={[
              { value: 'json', label: t('details.form-json', 'JSON') },
              { value: 'raw', label: t('details.form-raw', 'Raw line') },
            ]}
            value={form}
            onChange={setForm}
          />
          <ClipboardButton
            icon="copy"
            size="sm"
            variant="secondary"
            fill="text"
            getText={() => text}
            data-testid={testIds.details.copy}
          >
            {t('details.copy', 'Copy')}
          </ClipboardButton>
        </>
      }
    >
      {/* Focusable, so that it can be scrolled by keyboard. */}
      <pre
        className={styles.text}
        tabIndex={0}
        role="region"
        aria-label={
          form === 'json' ? t('details.json-label', 'Entry as JSON') : t('details.raw-label', 'Entry as stored')
        }
        data-testid={testIds.details.json}
      >
        {shown(text)}
      </pre>
    </Section>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  text: css({
    maxHeight: 400,
    margin: 0,
    overflow: 'auto',
    whiteSpace: 'pre-wrap',
    overflowWrap: 'anywhere',
    fontSize: theme.typography.bodySmall.fontSize,
    background: theme.colors.background.canvas,
  }),
});
