/** Redirects to the audit page. A direct link would send users without permission to Grafana's home page without a message. */
const PAGE = '/a/auditrail-auditlog-app/log';

/** The URL parameters of the audit page that links can set. */
const PAGE_PARAMS = [
  'from',
  'to',
  'at',
  'q',
  'action',
  // An action that contains this text.
  'action~',
  'event',
  'user',
  'actorType',
  'agent',
  'onBehalfOf',
  'outcome',
  'errorCode',
  'channel',
  'ip',
  'targetId',
  'service',
  'chainStream',
] as const;

/** Whether links can set a parameter. */
export const isPageParam = (name: string): boolean => (PAGE_PARAMS as readonly string[]).includes(name);

/** Values of URL parameters, in the template syntax of the link's file. Several values mean any of them. */
export type AuditPageParams = Partial<Record<(typeof PAGE_PARAMS)[number], string | string[]>>;

/**
 * The path of the audit page in Grafana. Values are not encoded: a constant must be safe in a URL, and a template must encode
 * its values (`{{ .Labels.x | urlquery }}`, `${x:percentencode}`). The page ignores empty values.
 *
 * @example pagePath({ outcome: 'failure' }) // /a/auditrail-auditlog-app/log?outcome=failure
 */
export function pagePath(params: AuditPageParams): string {
  const query = PAGE_PARAMS.flatMap((name) => [params[name] ?? []].flat().map((value) => `${name}=${value}`)).join('&');
  return `${PAGE}${query && `?${query}`}`;
}

/** The dashboard's variables, such as `var-service=shop&var-channel=auth`, which the page uses as filters. */
const VARIABLES = '${service:queryparam}&${channel:queryparam}';

/**
 * A link of a panel to the page, with the dashboard's time range, services and channels.
 *
 * @param more a further part of the address, such as a parameter whose name is in the data
 */
export function dashboardLink(params: AuditPageParams, more = ''): { title: string; url: string } {
  return {
    title: 'Show in the audit log',
    url: `${pagePath({ from: '${__from}', to: '${__to}', ...params })}${more}&${VARIABLES}`,
  };
}

/** The uid of the provisioned data source of traces. */
const TRACES_UID = 'auditrail-tempo';

/** A link from a trace's id in a table to the trace in Explore. */
export const TRACE_LINK = {
  title: 'Show the trace',
  url: `/explore?schemaVersion=1&panes=${encodeURIComponent(
    JSON.stringify({
      trace: {
        datasource: TRACES_UID,
        queries: [
          {
            refId: 'A',
            datasource: { type: 'tempo', uid: TRACES_UID },
            queryType: 'traceql',
            query: '${__value.raw}',
          },
        ],
        range: { from: '${__from}', to: '${__to}' },
      },
    }),
  ).replace(/%24%7B(\w+(?:\.\w+)?)%7D/g, '${$1}')}`,
} as const;
