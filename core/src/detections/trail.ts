import { analysis } from './analyses.ts';
import { detection, type Detection } from './detection.ts';
import { entries, is, succeeded } from './selections.ts';

export const TRAIL_RULES: readonly Detection[] = [
  detection({
    id: 'auditrail-settings-changed',
    title: 'Settings of the audit log changed',
    technique: 'T1562.008',
    tactic: 'defense-evasion',
    severity: 'high',
    thresholds: { minutes: 60 },
    meaning:
      'A change of settings, retention, categories, exports or detections can hide entries from people, shorten how long they are kept, or silence an alert.',
    runbook: 'Open the entry, and compare the settings before and after. Ask the person who changed them.',
    falsePositives: 'A planned change.',
    others: 'Elastic, Sentinel and Panther: any change of the settings of a trail.',
    needs:
      'Nothing: the app records changes of its settings. Add the actions of other systems to `actions.auditSettingsChanged`.',
    build: ({ actions }, { minutes }) => {
      const changed = entries(is('action', actions.auditSettingsChanged), succeeded);
      return {
        condition: `any change; fires for ${minutes} minutes`,
        pattern: { kind: 'count', select: changed, by: ['actor'], minutes, atLeast: 1 },
        summary: ({ key }) => `${key('actor')} changed settings of the audit log`,
        link: { filters: [is('action', actions.auditSettingsChanged)], keys: ['actor'] },
      };
    },
  }),
  detection<'reveals'>({
    id: 'auditrail-many-reveals',
    title: 'Personal data revealed often',
    technique: 'T1213',
    tactic: 'collection',
    severity: 'medium',
    thresholds: { reveals: 10, minutes: 480 },
    meaning: 'A person who reads the audit log with masked personal data reveals it again and again.',
    runbook: 'Open the entries: each has the reason. Ask the person if the reasons do not explain it.',
    falsePositives: 'An investigation of an incident.',
    needs: 'Nothing: the app records each reveal.',
    build: (_settings, { reveals, minutes }) => {
      const action = is('action', ['audit.personal_data.revealed']);
      return {
        condition: `${reveals} reveals in ${minutes} minutes by one person`,
        pattern: {
          kind: 'count',
          select: entries(is('channel', ['audit']), action, succeeded),
          by: ['actor'],
          minutes,
          atLeast: reveals,
        },
        summary: ({ value, key }) => `${key('actor')} revealed personal data ${value} times within ${minutes} minutes`,
        link: { filters: [action], keys: ['actor'] },
      };
    },
  }),
  detection<'entries' | 'hoursAgo'>({
    id: 'auditrail-emitter-silent',
    title: 'Application stopped recording',
    technique: 'T1562.008',
    tactic: 'defense-evasion',
    severity: 'high',
    thresholds: { entries: 30, hoursAgo: 168, minutes: 60 },
    meaning:
      'An application that recorded entries at this time a week ago records none now. It is down, cannot deliver, or somebody turned recording off.',
    runbook:
      'Check that the application runs and that its spool is delivered (`auditrail doctor`). If it runs and has nothing in its spool: check what changed in its configuration.',
    falsePositives: 'A public holiday; an application that was replaced or renamed.',
    needs:
      'Nothing. An application that records fewer entries in an hour is not watched: lower `entries` if you need that.',
    build: (_settings, { entries: least, hoursAgo, minutes }) => ({
      condition: `no entries of an application in ${minutes} minutes, and at least ${least} in the same ${minutes} minutes ${hoursAgo} hours ago`,
      pattern: { kind: 'silence', select: entries(), by: ['service'], minutes, hoursAgo, atLeast: least },
      summary: ({ value, key }) =>
        `${key('service')} recorded nothing within ${minutes} minutes, and ${value} entries at this time ${hoursAgo} hours ago`,
      link: { filters: [], keys: ['service'], minutesBefore: 1440 },
    }),
  }),
  analysis({
    id: 'auditrail-chain-broken',
    title: 'Chain of entries broken',
    technique: 'T1565.001',
    tactic: 'impact',
    severity: 'critical',
    actions: ['security.chain.gap', 'security.chain.fork', 'security.entry.forged'],
    // The keeper knows the time of a gap to ten minutes.
    minutesBefore: 740,
    happens: 'A gap or a fork in a chain, or a forged entry',
    meaning: 'Entries of an application are missing, exist in two versions, or were not written by it.',
    runbook:
      'Run `auditrail verify` over the time of the finding, and keep its report. Compare with the archive and the spool of the application. Check who had access to Loki.',
    falsePositives: 'A spool that was deleted or restored from a backup; entries that Loki refused.',
    needs: 'Entries of the SDK, which are chained.',
    analysis: 'LogQL can neither follow the hashes of a chain nor compute them.',
  }),
  analysis({
    id: 'auditrail-detection-late',
    title: 'Attack in late entries',
    technique: 'T1562.008',
    tactic: 'defense-evasion',
    severity: 'high',
    actions: ['security.detection.late'],
    happens: 'Another rule would have fired for entries that arrived too late for it',
    account: 'scope',
    // An hour before the event, which is the longest window but one.
    minutesBefore: 2340,
    meaning:
      'An application was cut off and delivered its entries later. They contain what another rule looks for; the alert names the rule and the time when it happened.',
    runbook: 'Follow the runbook of the rule that the alert names, for the time when it happened.',
    falsePositives: 'Those of the rule that the alert names.',
    needs: 'What the rule that the alert names requires.',
    analysis: 'The rulers only look at entries of the last minutes, so entries that arrive later raise nothing.',
  }),
];
