import React from 'react';
import { t } from '@grafana/i18n';
import { EmptyState, LinkButton } from '@grafana/ui';
import { PATHS, PERMISSIONS } from '../../constants.ts';
import { testIds } from '../testIds.ts';

/** For those who may not read the log: which permission is missing, and who gives it. */
export function Forbidden() {
  return (
    <div data-testid={testIds.page.forbidden}>
      <EmptyState
        variant="not-found"
        hideImage
        role="alert"
        message={t('forbidden.title', 'You may not read the audit log')}
      >
        {t(
          'forbidden.text',
          'Reading needs the permission {{permission}}. Admins of this organisation hold it; ask one of them for the role "Audit log reader".',
          { permission: PERMISSIONS.readEntries },
        )}
      </EmptyState>
    </div>
  );
}

/** For a new installation: nothing can be shown before someone says where entries are. */
export function NotConfigured({ mayConfigure }: { mayConfigure: boolean }) {
  return (
    <div data-testid={testIds.page.notConfigured}>
      <EmptyState
        variant="call-to-action"
        hideImage
        message={t('not-configured.title', 'The audit log is not connected yet')}
        button={
          mayConfigure && (
            <LinkButton icon="cog" href={PATHS.configuration}>
              {t('not-configured.configure', 'Open the configuration')}
            </LinkButton>
          )
        }
      >
        {mayConfigure
          ? t(
              'not-configured.text',
              'Say where entries are read from: the address of the gateway before Loki, its tenant and token.',
            )
          : t('not-configured.ask', 'Ask an administrator to fill in the configuration of this app.')}
      </EmptyState>
    </div>
  );
}
