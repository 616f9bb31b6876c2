/**
 * For `t()` with words of users, where React renders the result: i18next would escape them for HTML, and React does so once
 * more.
 *
 * @example t('view.bad-tab', 'there is no tab "{{tab}}"', { tab, ...AS_TEXT })
 */
export const AS_TEXT = { interpolation: { escapeValue: false } } as const;
