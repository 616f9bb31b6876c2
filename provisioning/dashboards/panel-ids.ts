/** Uids of the dashboards. They must not change, because alert rules, links and bookmarks contain them. */
export const DASHBOARD_UIDS = {
  overview: 'auditrail-overview',
  signIns: 'auditrail-sign-ins',
  personalData: 'auditrail-personal-data',
  administration: 'auditrail-administration',
  pipeline: 'auditrail-pipeline',
} as const;

/**
 * The ids of the panels of "Audit overview", which alert rules refer to. They must not change, because alert rules and links
 * (`viewPanel=`) contain them.
 */
export const PANEL_IDS = {
  entries: 1,
  actors: 2,
  failures: 3,
  failedSignIns: 4,
  volume: 5,
  outcomes: 6,
  topActors: 7,
  topActions: 8,
  failedSignInsByUser: 9,
  failedSignInsByAddress: 10,
  latestFailures: 11,
  topTargets: 12,
} as const;
