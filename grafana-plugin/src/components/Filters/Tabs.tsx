import React from 'react';
import { t } from '@grafana/i18n';
import { Tab, TabsBar } from '@grafana/ui';
import { TABS, type Tab as TabName } from '../../state/view.ts';
import { testIds } from '../testIds.ts';

const LABELS: Record<TabName, () => string> = {
  all: () => t('tab.all', 'All'),
  user: () => t('tab.user', 'User'),
  system: () => t('tab.system', 'System'),
  tasks: () => t('tab.tasks', 'Tasks'),
};

/** Selects the category: entries of users, of the system, of tasks, or all. */
export function Tabs({ tab, onChange }: { tab: TabName; onChange: (tab: TabName) => void }) {
  return (
    // Grafana 12's bar does not accept a test ID.
    <div data-testid={testIds.filters.tabs}>
      <TabsBar>
        {TABS.map((name) => (
          <Tab
            key={name}
            label={LABELS[name]()}
            active={name === tab}
            onChangeTab={() => name !== tab && onChange(name)}
          />
        ))}
      </TabsBar>
    </div>
  );
}
