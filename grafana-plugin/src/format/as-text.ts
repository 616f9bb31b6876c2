/**
 * Options of `t()` for values from users if React renders the result: React escapes them, so i18next must not.
 *
 * @example t('view.bad-tab', 'There is no tab "{{tab}}"', { tab, ...AS_TEXT })
 */
export const AS_TEXT = { interpolation: { escapeValue: false } } as const;
