import React from 'react';
import type { AppRootProps } from '@grafana/data';
import { PluginPage } from '@grafana/runtime';
import { t } from '@grafana/i18n';
import { testIds } from '../testIds.ts';

export default function App(_: AppRootProps) {
  return (
    <PluginPage>
      <div data-testid={testIds.page.container}>{t('page.title', 'Audit log')}</div>
    </PluginPage>
  );
}
