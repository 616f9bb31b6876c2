import React from 'react';
import { t } from '@grafana/i18n';
import { config } from '@grafana/runtime';
import { EmptyState, LinkButton } from '@grafana/ui';
import { PATHS, PERMISSIONS } from '../../constants.ts';
import { AS_TEXT } from '../../format/as-text.ts';
import { testIds } from '../testIds.ts';

/** Shown without the permission to read: which permission is missing, whom to ask, and how they can grant it. */
export function Forbidden() {
  const { orgName, login } = config.bootData.user;
  return (
    <div data-testid={testIds.page.forbidden}>
      <EmptyState
        variant="not-found"
        hideImage
        role="alert"
        message={t('forbidden.title', 'You do not have permission to read the audit log')}
      >
        <p>
          {t(
            'forbidden.missing',
            'Your account {{login}} lacks the permission {{permission}} in the organization "{{organization}}". Ask one of its administrators.',
            { login, permission: PERMISSIONS.readEntries, organization: orgName, ...AS_TEXT },
          )}
        </p>
        <p>
          {t(
            'forbidden.enterprise',
            'In Grafana Enterprise and Grafana Cloud, an administrator assigns you the "Audit log reader" role under Administration → Users and access → Users.',
          )}
        </p>
        <p>
          {t(
            'forbidden.oss',
            'In Grafana OSS, only the basic role Admin of the organization includes this permission.',
          )}
        </p>
      </EmptyState>
    </div>
  );
}

/** Shown for a new installation, or for one with old settings: without a gateway, no entries can be read. */
export function NotConfigured({ mayConfigure, outdated = false }: { mayConfigure: boolean; outdated?: boolean }) {
  return (
    <div data-testid={testIds.page.notConfigured}>
      <EmptyState
        variant="call-to-action"
        hideImage
        message={
          outdated
            ? t('not-configured.outdated', 'Enter the connection of the audit log again')
            : t('not-configured.title', 'The audit log is not connected yet')
        }
        button={
          mayConfigure && (
            <LinkButton icon="cog" href={PATHS.configuration}>
              {t('not-configured.configure', 'Open the configuration')}
            </LinkButton>
          )
        }
      >
        {mayConfigure
          ? t('not-configured.text', 'Enter the gateway address and a token with the grafana role.')
          : t('not-configured.ask', 'Ask an administrator to configure this app.')}
      </EmptyState>
    </div>
  );
}
