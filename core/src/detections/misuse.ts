import { detection, type Detection } from './detection.ts';
import type { Selection } from './pattern.ts';
import { entries, failed, is, succeeded } from './selections.ts';

const ACCOUNTS = is('actorType', ['user', 'api_key', 'agent']);

export const MISUSE_RULES: readonly Detection[] = [
  detection<'deletions'>({
    id: 'auditrail-mass-deletion',
    title: 'Mass deletion',
    technique: 'T1485',
    tactic: 'impact',
    severity: 'high',
    thresholds: { deletions: 50, minutes: 10 },
    meaning: 'One account deletes many records. Jobs (actor type `system` or `service`) are not counted.',
    runbook:
      'Ask the person by other means than the account. If they do not know about it: end the sessions, stop the deletion, and restore the records.',
    falsePositives: 'A planned clean-up.',
    needs: 'Each deletion with the event `deleted`, which is the default for actions that end with `.deleted`.',
    build: (_settings, { deletions, minutes }) => {
      const deleted = entries(is('event', ['deleted']), succeeded, ACCOUNTS);
      return {
        condition: `${deletions} deletions in ${minutes} minutes by one account`,
        pattern: { kind: 'count', select: deleted, by: ['actor'], minutes, atLeast: deletions },
        summary: ({ value, key }) => `${key('actor')} deleted ${value} records within ${minutes} minutes`,
        link: { filters: [is('event', ['deleted'])], keys: ['actor'] },
      };
    },
  }),
  detection<'exports'>({
    id: 'auditrail-mass-export',
    title: 'Mass export',
    technique: 'T1213',
    tactic: 'collection',
    severity: 'high',
    thresholds: { exports: 10, minutes: 60 },
    meaning: 'One account exports much data in a short time.',
    runbook:
      'Check what the account exported, and ask the person why. If there is no good reason: end the sessions of the account, and revoke its permission to export.',
    falsePositives: 'Reports at the end of a quarter.',
    others:
      'Elastic (GitHub): 25 clones in 9 minutes. A clone is one repository, and an export can be a whole table, so ours is lower and its window longer.',
    needs: 'Each export as an entry with one of the actions in `actions.exported`.',
    build: ({ actions }, { exports, minutes }) => {
      const exported = entries(is('action', actions.exported), succeeded, ACCOUNTS);
      return {
        condition: `${exports} exports in ${minutes} minutes by one account`,
        pattern: { kind: 'count', select: exported, by: ['actor'], minutes, atLeast: exports },
        summary: ({ value, key }) => `${key('actor')} made ${value} exports within ${minutes} minutes`,
        link: { filters: [is('action', actions.exported)], keys: ['actor'] },
      };
    },
  }),
  detection<'records'>({
    id: 'auditrail-mass-reading',
    title: 'Mass reading of personal data',
    technique: 'T1213',
    tactic: 'collection',
    severity: 'high',
    thresholds: { records: 100, minutes: 60 },
    meaning: 'One account looks at the personal data of many people, one by one.',
    runbook:
      'Check whether the person needs these records for their work, and ask them. If not: end the sessions of the account, and revoke its permission to read the records.',
    falsePositives: 'A support shift on a busy day; a review of customers.',
    needs: 'Each read of personal data in the channel `pii-read`, with the person as the target: `recordRead()`.',
    build: ({ personalDataChannels }, { records, minutes }) => {
      const channel = is('channel', personalDataChannels);
      return {
        condition: `personal data of ${records} people read in ${minutes} minutes by one account`,
        pattern: {
          kind: 'distinct',
          select: entries(channel, succeeded, ACCOUNTS),
          by: ['actor'],
          minutes,
          of: 'targetId',
          atLeast: records,
        },
        summary: ({ value, key }) =>
          `${key('actor')} read the personal data of ${value} people within ${minutes} minutes`,
        link: { filters: [channel], keys: ['actor'] },
      };
    },
  }),
  detection<'denials'>({
    id: 'auditrail-denied-attempts',
    title: 'Many denied attempts',
    technique: 'T1087',
    tactic: 'discovery',
    severity: 'medium',
    thresholds: { denials: 10, minutes: 5 },
    meaning: 'One account tries what it may not do, as an intruder does to find out what the account permits.',
    runbook: 'Check what was tried. If it does not fit the work of the person: end the sessions and ask them.',
    falsePositives: 'A page that requests data without permission, after a change of roles.',
    needs: 'Each denied attempt with `error.code` `DENIED`: `audit.denied()`.',
    build: (_settings, { denials, minutes }) => {
      const denied = entries(is('errorCode', ['DENIED']), failed);
      return {
        condition: `${denials} denied attempts in ${minutes} minutes by one account`,
        pattern: { kind: 'count', select: denied, by: ['actor'], minutes, atLeast: denials },
        summary: ({ value, key }) => `${value} attempts of ${key('actor')} were denied within ${minutes} minutes`,
        link: { filters: [is('errorCode', ['DENIED'])], keys: ['actor'] },
      };
    },
  }),
  detection({
    id: 'auditrail-agent-without-owner',
    title: 'Agent acts for nobody',
    technique: 'T1078',
    tactic: 'defense-evasion',
    severity: 'medium',
    thresholds: { minutes: 60 },
    meaning: 'An AI agent acted, and the entry does not state for whom. Nobody answers for the action.',
    runbook: 'Record the person with `audit.as(agent).onBehalfOf(person)`. If the agent is unknown: revoke its key.',
    falsePositives: 'An agent that runs on a schedule: give it the person who set it up.',
    needs: 'Agents as actors of type `agent`, with `onBehalfOf`.',
    build: (_settings, { minutes }) => {
      const alone: Selection = { ...entries(is('actorType', ['agent'])), absent: ['onBehalfOf'] };
      return {
        condition: `any action of an agent without \`onBehalfOf\`; fires for ${minutes} minutes`,
        pattern: { kind: 'count', select: alone, by: ['actor'], minutes, atLeast: 1 },
        summary: ({ value, key }) => `${key('actor')}, an agent, acted ${value} times for nobody`,
        link: { filters: [is('actorType', ['agent'])], keys: ['actor'] },
      };
    },
  }),
];
