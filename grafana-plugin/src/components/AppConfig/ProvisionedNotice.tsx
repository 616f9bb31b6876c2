import React from 'react';
import { t } from '@grafana/i18n';
import { Alert } from '@grafana/ui';
import { testIds } from '../testIds.ts';

/** Warns that a provisioning file overwrites these settings when Grafana starts. */
export function ProvisionedNotice({ provisioned }: { provisioned: boolean }) {
  if (!provisioned) return null;
  return (
    <Alert
      severity="info"
      title={t('config.provisioned', 'These settings come from a provisioning file')}
      data-testid={testIds.config.provisioned}
    >
      {t(
        'config.provisioned-text',
        'Changes that you save here apply until Grafana restarts and reads the file again. To keep a change, also make it in the file (provisioning/plugins/auditrail.yaml).',
      )}
    </Alert>
  );
}
