/** What a link may preset on the audit page: the names in its URL. */
const PAGE_PARAMS = ['from', 'to', 'q', 'action', 'user', 'outcome', 'channel', 'ip'] as const;

/** Values for the page's URL, several mean any of them; already in the template language of the place that the link stands in. */
export type AuditPageParams = Partial<Record<(typeof PAGE_PARAMS)[number], string | string[]>>;

/**
 * Address of the audit page under Grafana's root. Values are written as they are given: a constant must be safe in a URL,
 * and a template must encode what it inserts (`{{ .Labels.x | urlquery }}`, `${x:percentencode}`). The page takes an empty
 * value for none.
 *
 * @example pagePath({ outcome: 'failure' }) // /a/auditrail-auditlog-app?outcome=failure
 */
export function pagePath(params: AuditPageParams): string {
  const query = PAGE_PARAMS.flatMap((name) => [params[name] ?? []].flat().map((value) => `${name}=${value}`)).join('&');
  return `/a/auditrail-auditlog-app${query && `?${query}`}`;
}

/** A link of a dashboard panel to the page, for the dashboard's own time range. */
export function dashboardLink(params: AuditPageParams): { title: string; url: string } {
  return { title: 'Show in the audit log', url: pagePath({ from: '${__from}', to: '${__to}', ...params }) };
}
