import React from 'react';
import { t } from '@grafana/i18n';
import { config } from '@grafana/runtime';
import { EmptyState, LinkButton } from '@grafana/ui';
import { PATHS, PERMISSIONS } from '../../constants.ts';
import { AS_TEXT } from '../../format/as-text.ts';
import { testIds } from '../testIds.ts';

/** For those who may not read the log: which permission is missing, whom to ask, and what that person does. */
export function Forbidden() {
  const { orgName, login } = config.bootData.user;
  return (
    <div data-testid={testIds.page.forbidden}>
      <EmptyState
        variant="not-found"
        hideImage
        role="alert"
        message={t('forbidden.title', 'You may not read the audit log')}
      >
        <p>
          {t(
            'forbidden.missing',
            'Your account {{login}} lacks the permission {{permission}} in the organisation "{{organisation}}". Ask one of its administrators.',
            { login, permission: PERMISSIONS.readEntries, organisation: orgName, ...AS_TEXT },
          )}
        </p>
        <p>
          {t(
            'forbidden.enterprise',
            'In Grafana Enterprise and Grafana Cloud they give you the role "Audit log reader": Administration → Users and access → Users, then the roles of your account.',
          )}
        </p>
        <p>{t('forbidden.oss', 'In Grafana OSS only the basic role Admin of the organisation holds it.')}</p>
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
