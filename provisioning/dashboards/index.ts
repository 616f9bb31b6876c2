import { ADMINISTRATION } from './administration.ts';
import { buildDashboard, type AuditDashboard, type Datasources } from './frame.ts';
import { OVERVIEW } from './overview.ts';
import { PERSONAL_DATA } from './personal-data.ts';
import { PIPELINE } from './pipeline.ts';
import { SIGN_INS } from './sign-ins.ts';

/** The dashboards, by the name of their file. */
export const DASHBOARDS: Readonly<Record<string, AuditDashboard>> = {
  overview: OVERVIEW,
  'sign-ins': SIGN_INS,
  'personal-data': PERSONAL_DATA,
  administration: ADMINISTRATION,
  pipeline: PIPELINE,
};

/** The dashboards in Grafana's JSON format, by the name of their file. */
export const dashboardFiles = (datasources: Datasources): Record<string, string> =>
  Object.fromEntries(
    Object.entries(DASHBOARDS).map(([name, about]) => [
      `${name}.json`,
      JSON.stringify(buildDashboard(about, datasources)),
    ]),
  );
