import React, { createContext, useContext } from 'react';
import type { AuditEntry } from '@auditrail/core';
import { t } from '@grafana/i18n';
import { Alert, Badge } from '@grafana/ui';
import { testIds } from './testIds.ts';

const Context = createContext<ReadonlySet<string>>(new Set());

/** Provides the IDs that several entries have. */
export const SharedIds = Context.Provider;

interface Props {
  entry: Pick<AuditEntry, 'id'>;
}

const useIsShared = ({ id }: Props['entry']) => useContext(Context).has(id.toLowerCase());

const title = () => t('shared-id.title', 'Another entry has this ID');
const explanation = () =>
  t(
    'shared-id.text',
    'IDs are unique, so one of these entries is a copy or a forgery. Compare them and check their chains. The ID alone does not show which one is authentic.',
  );

/** Marks an entry in a row if another entry has its ID. */
export function SharedIdBadge({
  entry,
  short = false,
}: Props & { /** Only an icon, with a tooltip. */ short?: boolean }) {
  if (!useIsShared(entry)) return null;
  return (
    <Badge
      color="orange"
      icon="exclamation-triangle"
      text={<span className={short ? 'sr-only' : undefined}>{title()}</span>}
      tooltip={short ? title() : explanation()}
      data-testid={testIds.sharedId.badge}
    />
  );
}

/** Warns in an entry's details if another entry has its ID. */
export function SharedIdNotice({ entry }: Props) {
  if (!useIsShared(entry)) return null;
  return (
    <Alert severity="warning" title={title()} bottomSpacing={0} data-testid={testIds.sharedId.notice}>
      {explanation()}
    </Alert>
  );
}
