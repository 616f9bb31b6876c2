import React, { useMemo } from 'react';
import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { t } from '@grafana/i18n';
import { PluginPage } from '@grafana/runtime';
import { RenderUserContentAsHTML, useStyles2 } from '@grafana/ui';
import doctor from '../../../../docs/doctor.md';
import { viewPath } from '../../links/page.ts';
import { PathLink } from '../PathLink.tsx';
import { testIds } from '../testIds.ts';
import { sectionHtml } from './section-html.ts';

/** The help page: the part of the documentation about missing or late entries, which the page's warning links to. */
export default function HelpPage() {
  const styles = useStyles2(getStyles);
  const html = useMemo(() => sectionHtml(doctor, 'Findings'), []);
  return (
    <PluginPage
      pageNav={{ text: t('help.title', 'Missing or late entries') }}
      subTitle={t(
        'help.subtitle',
        'Causes and remedies for the findings of auditrail doctor and the warnings on the audit log page',
      )}
      actions={
        <PathLink look="bordered" icon="arrow-left" path={viewPath({})}>
          {t('entry.back', 'Audit log')}
        </PathLink>
      }
    >
      <RenderUserContentAsHTML
        component="div"
        lang="en"
        className={styles.text}
        data-testid={testIds.page.help}
        content={html}
      />
    </PluginPage>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  text: css({
    maxWidth: 960,
    '& table': { width: '100%', marginBottom: theme.spacing(2), borderCollapse: 'collapse' },
    '& th, & td': {
      padding: theme.spacing(0.75, 1),
      border: `1px solid ${theme.colors.border.weak}`,
      textAlign: 'left',
      verticalAlign: 'top',
    },
    '& th': { background: theme.colors.background.secondary },
    '& td:first-child': { width: '35%' },
    '& code': { padding: theme.spacing(0.25, 0.5) },
  }),
});
