import React from 'react';
import { t } from '@grafana/i18n';
import { Alert } from '@grafana/ui';
import { visible } from '../../format/invisible.ts';
import type { ParsedView } from '../../state/view.ts';
import { usePersonalData } from '../PersonalData/PersonalData.tsx';
import { testIds } from '../testIds.ts';

/** Reports the parts of the address that could not be used, and those that are probably not intended. */
export function UrlNotices({ problems, doubts }: Pick<ParsedView, 'problems' | 'doubts'>) {
  const { mask } = usePersonalData();
  return (
    <>
      {problems.length > 0 && (
        <Alert
          severity="warning"
          title={t('page.url-problems', 'Part of this link could not be used')}
          data-testid={testIds.page.urlProblems}
          bottomSpacing={0}
        >
          {problems.map((problem) => (
            <div key={problem}>{visible(mask('text', problem))}</div>
          ))}
        </Alert>
      )}
      {doubts.length > 0 && (
        <Alert
          severity="info"
          title={visible(mask('text', doubts.join('; ')))}
          data-testid={testIds.page.urlDoubts}
          bottomSpacing={0}
        />
      )}
    </>
  );
}
