import React from 'react';
import type { TrailLine } from '@auditrail/core/loki';
import { t } from '@grafana/i18n';
import { Button } from '@grafana/ui';
import { testIds } from '../testIds.ts';
import { asStored } from './mask.ts';
import { usePersonalData } from './PersonalData.tsx';

/** The button that reveals a masked entry. */
export function RevealButton({ line }: { line: TrailLine }) {
  const { isRevealed, reveal } = usePersonalData();
  const { entry } = line;
  if (!entry || isRevealed(asStored(line))) return null;
  return (
    <Button
      size="sm"
      variant="secondary"
      fill="text"
      icon="eye"
      onClick={() => reveal(entry.id)}
      data-testid={testIds.personal.revealEntry}
    >
      {t('mask.reveal-entry', 'Reveal personal data…')}
    </Button>
  );
}
