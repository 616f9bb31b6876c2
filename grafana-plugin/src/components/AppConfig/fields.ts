import type { AppSettings } from '../../settings.ts';
import type { Draft } from './AppConfig.tsx';

/** What a group of fields is given. */
export interface FieldsProps {
  draft: Draft;
  /** What is wrong, by field; empty until saving was tried. */
  problems: Partial<Record<keyof AppSettings, string>>;
  onSettings: (change: Partial<AppSettings>) => void;
  onDraft: (draft: Draft) => void;
}
