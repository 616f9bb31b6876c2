import React from 'react';
import { t } from '@grafana/i18n';
import { Button, EmptyState, LinkButton, Stack, Text } from '@grafana/ui';
import { PATHS } from '../../constants.ts';
import { explainError } from '../../data/explain-error.ts';
import { visible } from '../../format/invisible.ts';
import { usePersonalData } from '../PersonalData/PersonalData.tsx';
import { testIds } from '../testIds.ts';

/** Shown if entries could not be read: cause, remedy, and a button to try again. */
export function ReadError({ error, onRetry }: { error: unknown; onRetry: () => void }) {
  const { mask } = usePersonalData();
  const { cause, remedy, detail, configure } = explainError(error);
  return (
    <div data-testid={testIds.table.error}>
      <EmptyState
        variant="not-found"
        hideImage
        role="alert"
        message={cause}
        button={
          <Stack justifyContent="center">
            <Button onClick={onRetry} data-testid={testIds.table.retry}>
              {t('error.retry', 'Try again')}
            </Button>
            {configure && (
              <LinkButton variant="secondary" href={PATHS.configuration}>
                {t('error.configure', 'Configuration')}
              </LinkButton>
            )}
          </Stack>
        }
      >
        <Stack direction="column" alignItems="center">
          {remedy}
          {detail && (
            <Text color="secondary" variant="bodySmall">
              {visible(mask('text', detail))}
            </Text>
          )}
        </Stack>
      </EmptyState>
    </div>
  );
}
