import { createContext } from 'react';
import type { LokiClient } from '@auditrail/core/loki';
import { DEFAULT_SETTINGS, type AppSettings } from '../../settings.ts';
import type { View } from '../../state/view.ts';

/** What the details of an entry need beside the entry itself. */
export interface DetailsSource {
  /** Missing: nothing is asked, the entry alone is shown. */
  loki?: LokiClient;
  settings: AppSettings;
  /** The view that the entry stands in; missing where it stands alone. */
  view?: View;
}

export const DetailsContext = createContext<DetailsSource>({ settings: DEFAULT_SETTINGS });
