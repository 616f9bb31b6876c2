import React from 'react';
import { t } from '@grafana/i18n';
import { hasPermission } from '@grafana/runtime';
import { Icon, Stack, Text } from '@grafana/ui';
import { PATHS, PERMISSIONS } from '../../constants.ts';
import { PathLink } from '../PathLink.tsx';
import { testIds } from '../testIds.ts';

/** How to set up background exports, shown if they are not set up. */
export function NoKeeper() {
  return (
    <div data-testid={testIds.backgroundExports.notConfigured}>
      <Stack gap={1} alignItems="center" wrap="wrap">
        <Icon name="info-circle" />
        <Text color="secondary">
          {t(
            'exports.not-configured',
            'Background exports require a keeper. Start auditrail serve behind the gateway and enable background exports on the configuration page.',
          )}
        </Text>
        {hasPermission(PERMISSIONS.writeSettings) && (
          <PathLink path={PATHS.configuration}>{t('exports.configure', 'Open the configuration')}</PathLink>
        )}
      </Stack>
    </div>
  );
}
