import React, { createContext, useContext } from 'react';
import type { AuditEntry } from '@auditrail/core';
import { t } from '@grafana/i18n';
import { Alert, Badge } from '@grafana/ui';
import { testIds } from './testIds.ts';

const Context = createContext<ReadonlySet<string>>(new Set());

/** Tells what is below which ids more than one entry claims. */
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

/** The mark of an entry in a row; nothing if its id is its own. */
export function SharedIdBadge({
  entry,
  short = false,
}: Props & { /** An icon, with the words as its tooltip. */ short?: boolean }) {
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

/** The same in an entry's details. */
export function SharedIdNotice({ entry }: Props) {
  if (!useIsShared(entry)) return null;
  return (
    <Alert severity="warning" title={title()} bottomSpacing={0} data-testid={testIds.sharedId.notice}>
      {explanation()}
    </Alert>
  );
}
