import React from 'react';
import type { AppPluginMeta, PluginConfigPageProps } from '@grafana/data';
import { t } from '@grafana/i18n';

export type AppConfigProps = PluginConfigPageProps<AppPluginMeta>;

export default function AppConfig(_: AppConfigProps) {
  return <div>{t('config.title', 'Configuration')}</div>;
}
