import type { AppSecrets, AppSettings } from '../../settings.ts';

/** What the form edits: settings, and secrets that were typed. A stored secret is not known here, only that there is one. */
export interface Draft {
  settings: AppSettings;
  secrets: Required<AppSecrets>;
  stored: Record<keyof AppSecrets, boolean>;
}

/** What a group of fields is given. */
export interface FieldsProps {
  draft: Draft;
  /** What is wrong, by field; empty until saving was tried. */
  problems: Partial<Record<keyof AppSettings, string>>;
  onSettings: (change: Partial<AppSettings>) => void;
  onDraft: (draft: Draft) => void;
}
