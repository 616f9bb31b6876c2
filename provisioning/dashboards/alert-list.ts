import { PanelBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import { framed, type Frame, type PanelBuilder as Built } from './panels.ts';

/** Grafana's alerts with the label `source="auditrail"`. The SDK has no builder of this panel. */
export const alertListPanel = (about: Frame): Built =>
  framed(new PanelBuilder(), about)
    .type('alertlist')
    .options({
      viewMode: 'list',
      groupMode: 'default',
      groupBy: [],
      maxItems: 20,
      sortOrder: 3,
      alertInstanceLabelFilter: '{source="auditrail"}',
      stateFilter: { firing: true, pending: true, recovering: true, noData: false, normal: false, error: true },
    });
