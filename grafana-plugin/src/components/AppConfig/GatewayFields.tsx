import React from 'react';
import { t } from '@grafana/i18n';
import { Button, Field, Input, SecretInput, Stack } from '@grafana/ui';
import { APP_ROLE, tokenClaims } from '../../gateway-secret.ts';
import { AS_TEXT } from '../../format/as-text.ts';
import { testIds } from '../testIds.ts';
import { NO_GATEWAY, type Draft, type FieldsProps } from './fields.ts';

interface Props extends Pick<FieldsProps, 'draft' | 'problems'> {
  /** Whether a gateway is stored, so that a reset can be undone. */
  hasGateway: boolean;
  onDraft: (draft: Draft) => void;
}

/** The gateway's address and token. Both are entered together; afterwards, only Grafana knows them. */
export function GatewayFields(props: Props) {
  return props.draft.keepsGateway ? <StoredGateway {...props} /> : <NewGateway {...props} />;
}

function StoredGateway({ draft, onDraft }: Props) {
  return (
    <Field
      label={t('config.gateway-stored', 'Gateway address and token')}
      description={t(
        'config.gateway-stored-help',
        'Stored together as one secret. To change the address or the token, reset them and enter both.',
      )}
    >
      <SecretInput
        id="auditrail-gateway"
        isConfigured
        onReset={() => onDraft({ ...draft, gateway: NO_GATEWAY, keepsGateway: false })}
        data-testid={testIds.config.gatewayStored}
      />
    </Field>
  );
}

function NewGateway({ draft, problems, hasGateway, onDraft }: Props) {
  const { address, token } = draft.gateway;
  const change = (typed: Partial<Draft['gateway']>) => onDraft({ ...draft, gateway: { ...draft.gateway, ...typed } });
  const claims = tokenClaims(token);
  return (
    <>
      <Field
        label={t('config.gateway-address', 'Gateway address')}
        description={t(
          'config.gateway-address-help',
          'The gateway address that the Grafana server uses, without /loki. Address and token are stored together: to change the address, enter the token again.',
        )}
        invalid={problems.address !== undefined}
        error={problems.address}
      >
        <Input
          id="auditrail-gateway-address"
          value={address}
          placeholder="http://gateway:8080"
          autoComplete="off"
          onChange={({ currentTarget }) => change({ address: currentTarget.value })}
          data-testid={testIds.config.gatewayAddress}
        />
      </Field>
      <Field
        label={t('config.gateway-token', 'Token')}
        description={t(
          'config.gateway-token-help',
          'A token with the grafana role for the tenant of this organization. To create one: auditrail token create --for grafana --tenant …',
        )}
        invalid={problems.token !== undefined}
        error={problems.token}
      >
        <SecretInput
          id="auditrail-gateway-token"
          isConfigured={false}
          value={token}
          placeholder="auditrail_gw_…"
          autoComplete="off"
          onChange={({ currentTarget }) => change({ token: currentTarget.value })}
          onReset={() => change({ token: '' })}
          data-testid={testIds.config.gatewayToken}
        />
      </Field>
      <Stack direction="column" alignItems="flex-start">
        <div aria-live="polite" data-testid={testIds.config.tenant}>
          {claims?.role === APP_ROLE && t('config.token-tenant', 'Tenant: {{tenant}}', { ...claims, ...AS_TEXT })}
        </div>
        {hasGateway && (
          <Button
            size="sm"
            variant="secondary"
            onClick={() => onDraft({ ...draft, gateway: NO_GATEWAY, keepsGateway: true })}
            data-testid={testIds.config.gatewayKeep}
          >
            {t('config.gateway-keep', 'Keep the stored address and token')}
          </Button>
        )}
      </Stack>
    </>
  );
}
