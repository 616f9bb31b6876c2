import React from 'react';
import { t } from '@grafana/i18n';
import { Icon, Stack, Text, Tooltip } from '@grafana/ui';
import type { FallbackReason } from '../../data/trail.ts';
import { testIds } from '../testIds.ts';

/** States that a view is read from Loki although there is a keeper. */
export function SourceHint({ reason }: { reason: FallbackReason | undefined }) {
  if (!reason) return null;
  const why =
    reason === 'absent'
      ? t(
          'source.absent',
          'The keeper does not answer, so this view is read from Loki. It shows the same entries, but filters and counts take longer.',
        )
      : t(
          'source.incomplete',
          'The keeper does not have all entries of this time range yet, so this view is read from Loki. Filters and counts take longer.',
        );
  return (
    <Tooltip content={why}>
      <span tabIndex={0} data-testid={testIds.page.source} data-reason={reason}>
        <Stack alignItems="center" gap={0.5}>
          <Icon name="info-circle" size="sm" />
          <Text color="secondary" variant="bodySmall">
            {t('source.loki', 'Read from Loki')}
          </Text>
        </Stack>
      </span>
    </Tooltip>
  );
}
