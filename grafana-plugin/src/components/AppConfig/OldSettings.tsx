import React from 'react';
import { t } from '@grafana/i18n';
import { Alert } from '@grafana/ui';
import { AS_TEXT } from '../../format/as-text.ts';
import { isOutdated, type Configuration } from '../../settings.ts';
import { testIds } from '../testIds.ts';

/** Names the stored settings that nothing uses any more, and what to do. */
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
        'The gateway’s address and token are now one secret, and the token names the tenant. Create a token (auditrail token create --for grafana --tenant …) if none is stored yet, enter it with the address below, and save. Saving deletes the old settings from Grafana: {{names}}. Remove them from provisioning files too; every Viewer can read the old addresses until then.',
        { names: [...settings, ...secrets].join(', '), ...AS_TEXT },
      )}
    </Alert>
  );
}
