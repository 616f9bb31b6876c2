import { entryColumns } from './columns.ts';
import type { AuditDashboard } from './frame.ts';
import { DASHBOARD_UIDS } from './panel-ids.ts';
import { entriesPanel, statFrame, statPanel, topActorsPanel, topPanel, volumePanel } from './panels.ts';
import { ACTION, actionLike, CHANNEL, distinct, entries, inRow, SERVICE, sumOrZero } from './queries.ts';
import { TARGET_ID, TARGET_NAME, TARGET_TYPE, top } from './queries.ts';
import { WHO, WHO_LABEL } from '@auditrail/core/detections';

const READS = 'pii[.]read[.].+';
const EXPORTS = '.+[.]exported|audit[.]export[.](?:created|downloaded)';
const REVEALED = 'audit.personal_data.revealed';
const reads = `${entries()} ${actionLike(READS)}`;
const exported = `${entries()} ${actionLike(EXPORTS)}`;
const revealed = `${entries()} | ${ACTION}="${REVEALED}"`;
const all = `${entries()} ${actionLike(`${READS}|${EXPORTS}|${REVEALED.replaceAll('.', '[.]')}`)}`;
const OF_READS = { 'action~': 'pii.read.' };
const { when, actor, email, action, target, ip, description } = entryColumns({});

const stat = statFrame(6);

/** Who reads and exports personal data. */
export const PERSONAL_DATA: AuditDashboard = {
  uid: DASHBOARD_UIDS.personalData,
  title: 'Personal data access',
  description: 'Who read, exported and revealed personal data, and whose.',
  from: 'now-24h',
  annotations: [],
  panels: [
    statPanel(stat(0, 1, 'Reads', 'Detail pages with personal data that were opened.'), sumOrZero(reads), OF_READS),
    statPanel(
      stat(6, 2, 'Readers', 'People and systems that read personal data.'),
      distinct(WHO_LABEL, `${reads} ${WHO}`),
      OF_READS,
    ),
    statPanel(stat(12, 3, 'Exports', 'Exports of reports and of the audit log.'), sumOrZero(exported), {
      'action~': 'export',
    }),
    statPanel(
      stat(18, 4, 'Revealed in the audit log', 'Readers of the audit page revealed masked personal data.'),
      sumOrZero(revealed),
      { action: REVEALED },
    ),
    volumePanel(
      {
        id: 5,
        title: 'Access over time',
        description: 'Reads, exports and reveals, by action. Click a bar to see the entries.',
        position: { x: 0, y: 4, w: 24, h: 8 },
        legend: ACTION,
        link: { action: '${__field.labels.audit_action:percentencode}' },
        colors: {},
      },
      all,
    ),
    topActorsPanel(
      {
        id: 6,
        title: 'Who reads most',
        description: 'People and systems with the most reads.',
        position: { x: 0, y: 12, w: 8, h: 10 },
        column: 'Reader',
        number: 'Reads',
        color: 'blue',
      },
      reads,
      OF_READS,
    ),
    topPanel(
      {
        id: 7,
        title: 'Whose data',
        description: 'The people whose data was read most.',
        position: { x: 8, y: 12, w: 8, h: 10 },
        column: 'Person',
        by: TARGET_NAME,
        columns: { [TARGET_TYPE]: 'Type' },
        hidden: [TARGET_ID],
        number: 'Reads',
        color: 'blue',
      },
      top([TARGET_NAME, TARGET_TYPE, TARGET_ID], reads),
      { ...OF_READS, targetId: inRow(TARGET_ID) },
    ),
    topPanel(
      {
        id: 8,
        title: 'By application',
        description: 'The applications that show personal data.',
        position: { x: 16, y: 12, w: 8, h: 10 },
        column: 'Application',
        by: SERVICE,
        columns: { [ACTION]: 'Action' },
        color: 'blue',
      },
      top([SERVICE, ACTION], all),
      { action: inRow('Action') },
    ),
    entriesPanel(
      {
        id: 9,
        title: 'Latest exports and reveals',
        description: 'The newest 50 entries about exports, and about personal data revealed on the audit page.',
        position: { x: 0, y: 22, w: 24, h: 10 },
      },
      `${entries()} ${actionLike(`${EXPORTS}|${REVEALED.replaceAll('.', '[.]')}`)} | keep ${CHANNEL}`,
      [when, actor, email, action, target, ip, description],
    ),
  ],
};
