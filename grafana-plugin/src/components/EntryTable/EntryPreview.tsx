import React from 'react';
import { css } from '@emotion/css';
import type { TrailLine } from '@auditrail/core/loki';
import type { GrafanaTheme2 } from '@grafana/data';
import { t } from '@grafana/i18n';
import { Popover, useStyles2 } from '@grafana/ui';
import { prettyLine } from '../../format/json-text.ts';
import { shown } from '../shown.tsx';
import { testIds } from '../testIds.ts';

// The preview is cut; the details show everything.
const PREVIEW_CHARS = 4_000;

interface Props {
  line: TrailLine;
  button: HTMLElement;
  onPointerEnter: () => void;
  onPointerLeave: () => void;
}

/** A preview of an entry's JSON beside its row. */
export default function EntryPreview({ line, button, ...hover }: Props) {
  const styles = useStyles2(getStyles);
  const json = prettyLine(line.line);
  const content = (
    <pre
      className={styles.json}
      data-testid={testIds.table.previewText}
      aria-label={t('preview.label', 'Entry as JSON')}
    >
      {shown(json.length > PREVIEW_CHARS ? `${json.slice(0, PREVIEW_CHARS)}\n…` : json)}
    </pre>
  );
  return (
    <Popover
      show
      referenceElement={button}
      placement="left-start"
      wrapperClassName={styles.wrapper}
      content={content}
      {...hover}
    />
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  wrapper: css({ zIndex: theme.zIndex.tooltip }),
  json: css({
    width: 'min(560px, 60vw)',
    maxHeight: 'min(420px, 60vh)',
    margin: 0,
    padding: theme.spacing(1),
    overflow: 'auto',
    whiteSpace: 'pre-wrap',
    overflowWrap: 'anywhere',
    fontSize: theme.typography.bodySmall.fontSize,
    color: theme.colors.text.primary,
    background: theme.colors.background.elevated ?? theme.colors.background.primary,
    border: `1px solid ${theme.colors.border.medium}`,
    borderRadius: theme.shape.radius.default,
    boxShadow: theme.shadows.z3,
  }),
});
