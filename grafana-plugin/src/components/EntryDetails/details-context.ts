import { createContext } from 'react';
import type { Trail } from '../../data/trail.ts';
import { DEFAULT_SETTINGS, type AppSettings } from '../../settings.ts';
import type { View } from '../../state/view.ts';

/** What the details of an entry need in addition to the entry. */
export interface DetailsSource {
  /** Without it, only the entry itself is shown. */
  trail?: Trail;
  settings: AppSettings;
  /** The view that contains the entry; missing on the entry's own page. */
  view?: View;
}

export const DetailsContext = createContext<DetailsSource>({ settings: DEFAULT_SETTINGS });
