/** Not the page itself: Grafana sends those who may not read that one Home without a word. */
const PAGE = '/a/auditrail-auditlog-app/log';

/** What a link may preset on the audit page: the names in its URL. */
const PAGE_PARAMS = ['from', 'to', 'at', 'q', 'action', 'user', 'outcome', 'channel', 'ip'] as const;

/** Values for the page's URL, several mean any of them; already in the template language of the place that the link stands in. */
export type AuditPageParams = Partial<Record<(typeof PAGE_PARAMS)[number], string | string[]>>;

/**
 * Address of the audit page under Grafana's root. Values are written as they are given: a constant must be safe in a URL,
 * and a template must encode what it inserts (`{{ .Labels.x | urlquery }}`, `${x:percentencode}`). The page takes an empty
 * value for none.
 *
 * @example pagePath({ outcome: 'failure' }) // /a/auditrail-auditlog-app/log?outcome=failure
 */
export function pagePath(params: AuditPageParams): string {
  const query = PAGE_PARAMS.flatMap((name) => [params[name] ?? []].flat().map((value) => `${name}=${value}`)).join('&');
  return `${PAGE}${query && `?${query}`}`;
}

/** What is chosen of the dashboard's variables, such as `var-service=shop&var-channel=auth`: the page takes them as filters. */
const CHOSEN = '${service:queryparam}&${channel:queryparam}';

/** A link of a dashboard panel to the page, for what the dashboard shows: time range, services, channels. */
export function dashboardLink(params: AuditPageParams): { title: string; url: string } {
  return {
    title: 'Show in the audit log',
    url: `${pagePath({ from: '${__from}', to: '${__to}', ...params })}&${CHOSEN}`,
  };
}
