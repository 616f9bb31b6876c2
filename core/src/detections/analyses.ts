import { detection, type Detection, type DetectionText } from './detection.ts';
import type { AlertLink } from './detection.ts';
import { entries, is } from './selections.ts';

interface AnalysisSource extends DetectionText {
  /** The actions of the entries that the keeper writes, in the channel `security`. */
  actions: string[];
  /** What happened, as the start of the alert's title. */
  happens: string;
  analysis: string;
  account?: AlertLink['account'];
  /** The page shows an eightieth of this and the window after the event, and twice as much before it. */
  minutesBefore?: number;
}

/**
 * A rule about what only the keeper can find. Its entries have the account (or the rule) as the target, the address in
 * `source.ip`, and in `scope` the time of the event (`happened_at`), its `network`, the filter for the account
 * (`account_field`), and the account itself if it is not the target (`account`).
 */
export function analysis({
  actions,
  happens,
  account = 'target',
  minutesBefore = 180,
  ...text
}: AnalysisSource): Detection {
  return detection({
    ...text,
    thresholds: { minutes: 60 },
    build: (_settings, { minutes }) => {
      const action = is('action', actions);
      return {
        condition: `any entry ${actions.map((name) => `\`${name}\``).join(', ')} of the keeper; fires for ${minutes} minutes`,
        pattern: {
          kind: 'count',
          select: entries(is('channel', ['security']), action),
          by: [
            ...(['targetId', 'targetName', 'ip', 'scope.network', 'scope.happened_at'] as const),
            ...(['scope.account_field', 'scope.account'] as const),
          ],
          minutes,
          atLeast: 1,
        },
        summary: ({ optional }) =>
          `${happens}${optional('targetName', ': ')}${optional('scope.account', ', account ')}` +
          `${optional('ip', ', address ')}${optional('scope.network', ', network ')}${optional('scope.happened_at', ', at ')}`,
        link: { filters: [], keys: ['ip'], at: 'scope.happened_at', account, minutesBefore },
      };
    },
  });
}

const SIGN_INS = 'Sign-ins with account and address (`source.ip`).';
const CHECK_SIGN_IN =
  'Ask the owner, by other means than the account. If it was not them: end all sessions of the account, reset its password, and check its later actions.';

/** Analyses of the use of accounts. */
export const ACCOUNT_ANALYSES: readonly Detection[] = [
  analysis({
    id: 'auditrail-network-new',
    title: 'Sign-in from a new network',
    technique: 'T1078',
    tactic: 'initial-access',
    severity: 'medium',
    actions: ['security.network.new'],
    happens: 'Sign-in from a network that is new for the account',
    meaning: 'Somebody signed in to an account from a network from which it was never used.',
    runbook: CHECK_SIGN_IN,
    falsePositives: 'A journey, a new provider, a new phone.',
    needs: `${SIGN_INS} With the number of the autonomous system in \`properties.as.number\`, networks are compared by it.`,
    analysis: 'LogQL has no memory of the networks of each person.',
  }),
  analysis({
    id: 'auditrail-hours-unusual',
    title: 'Sign-in outside usual hours',
    technique: 'T1078',
    tactic: 'initial-access',
    severity: 'medium',
    actions: ['security.hours.unusual'],
    happens: 'Sign-in outside the usual hours of the account',
    meaning: 'Somebody signed in at an hour at which this person does not work.',
    runbook: CHECK_SIGN_IN,
    falsePositives: 'Overtime; a journey to another time zone.',
    needs: SIGN_INS,
    analysis: 'LogQL has no memory of the hours of each person.',
  }),
  analysis({
    id: 'auditrail-account-dormant',
    title: 'Dormant account used',
    technique: 'T1078',
    tactic: 'initial-access',
    severity: 'high',
    actions: ['security.account.dormant'],
    happens: 'Sign-in to an account that was not used for a long time',
    meaning: 'Nobody used this account for a long time. Intruders like such accounts, because nobody notices.',
    runbook: `${CHECK_SIGN_IN} Disable accounts that nobody needs.`,
    falsePositives: 'A return from a long leave.',
    needs: SIGN_INS,
    analysis: 'LogQL cannot look back over months for each sign-in.',
  }),
  analysis({
    id: 'auditrail-travel-impossible',
    title: 'Impossible travel',
    technique: 'T1078',
    tactic: 'initial-access',
    severity: 'high',
    actions: ['security.travel.impossible'],
    happens: 'Sign-in too far from the previous one for the time between them',
    meaning: 'Two sign-ins of one account are so far apart that nobody can travel it in that time.',
    runbook: CHECK_SIGN_IN,
    falsePositives: 'A VPN; wrong coordinates of an address.',
    others:
      'Elastic: 500 km and 800 km/h. Panther: 900 km/h. Ours needs 500 km and 900 km/h, because airliners fly faster than 800 km/h.',
    needs: `${SIGN_INS} Coordinates in \`properties.geo.location.lat\` and \`.lon\`.`,
    analysis: 'LogQL cannot compute the distance between two entries.',
  }),
  analysis({
    id: 'auditrail-session-networks',
    title: 'One session from several networks',
    technique: 'T1539',
    tactic: 'credential-access',
    severity: 'high',
    actions: ['security.session.networks'],
    happens: 'One session was used from several networks',
    meaning: 'A session moves between networks at the same time: its cookie was probably stolen.',
    runbook: `End the session. ${CHECK_SIGN_IN}`,
    falsePositives: 'A phone that changes between Wi-Fi and mobile data; a VPN that is switched on.',
    needs: 'Entries with session (`source.sessionId`) and address (`source.ip`).',
    analysis: 'LogQL cannot compare the autonomous systems and the order of the addresses of each session.',
  }),
  analysis({
    id: 'auditrail-token-network',
    title: 'API key used from a new network',
    technique: 'T1528',
    tactic: 'credential-access',
    severity: 'high',
    actions: ['security.token.network'],
    happens: 'API key used from a network that is new for it',
    meaning: 'A key that was always used from known networks is used from another one: it may be stolen.',
    runbook: 'Ask the owner of the key. If nobody knows about it: revoke the key, and check what it did.',
    falsePositives: 'A service that moved to another provider.',
    needs: 'Actions of API keys, as actors of type `api_key`, with the address.',
    analysis: 'LogQL has no memory of the networks of each key.',
  }),
];

/** Analyses of agents. */
export const AGENT_ANALYSES: readonly Detection[] = [
  analysis({
    id: 'auditrail-agent-hours',
    title: "Agent outside its owner's hours",
    technique: 'T1078',
    tactic: 'defense-evasion',
    severity: 'medium',
    actions: ['security.agent.hours'],
    happens: 'An agent acted outside the usual hours of the person for whom it acts',
    meaning:
      'An agent acts while the person who answers for it is not at work: nobody watches it, or its key is stolen.',
    runbook: 'Ask the person for whom the agent acts. If they do not know about it: revoke the key of the agent.',
    falsePositives: 'A long task that was started in the evening; an agent on a schedule.',
    needs: 'Agents as actors of type `agent`, with the person in `onBehalfOf`.',
    analysis: 'LogQL has no memory of the hours of each person.',
  }),
];
