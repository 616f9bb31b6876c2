import React from 'react';
import { t } from '@grafana/i18n';
import { Alert } from '@grafana/ui';
import { AS_TEXT } from '../../format/as-text.ts';
import { isOutdated, type Configuration } from '../../settings.ts';
import { testIds } from '../testIds.ts';

/** Lists the stored settings that are no longer used, and what to do. */
export function OldSettings({ configuration }: { configuration: Configuration }) {
  if (!isOutdated(configuration)) return null;
  const { settings, secrets } = configuration.old;
  return (
    <Alert
      severity="warning"
      title={t('config.old', 'Some stored settings are no longer used')}
      data-testid={testIds.config.oldSettings}
    >
      {t(
        'config.old-text',
        'The gateway address and token are now one secret, and the token identifies the tenant. If no token is stored yet, create one (auditrail token create --for grafana --tenant …). Enter it below with the address, and save. Saving deletes these old settings from Grafana: {{names}}. Remove them from provisioning files too. Until then, every Viewer can read the old addresses.',
        { names: [...settings, ...secrets].join(', '), ...AS_TEXT },
      )}
    </Alert>
  );
}
