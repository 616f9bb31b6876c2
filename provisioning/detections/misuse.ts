import { ATTRIBUTES, lokiName } from '@auditrail/core';
import { PANEL_IDS } from '../panels.ts';
import { WHO_LABEL } from '../queries.ts';
import { detection, type Detection } from './detection.ts';
import { ACTOR_LABELS, count, entries, failed, is, succeeded } from './logql.ts';

const ACCOUNTS = is('actorType', ['user', 'api_key', 'agent']);

export const MISUSE_RULES: readonly Detection[] = [
  detection<'deletions'>({
    id: 'auditrail-mass-deletion',
    title: 'Mass deletion',
    technique: 'T1485',
    tactic: 'impact',
    severity: 'high',
    panel: PANEL_IDS.topActors,
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
        query: `${count(ACTOR_LABELS, deleted, minutes)} >= ${deletions}`,
        entries: deleted,
        summary: ({ value, label }) => `${label(WHO_LABEL)} deleted ${value} records within ${minutes} minutes`,
        page: () => ({ event: 'deleted' }),
        actor: true,
      };
    },
  }),
  detection<'exports'>({
    id: 'auditrail-mass-export',
    title: 'Mass export',
    technique: 'T1213',
    tactic: 'collection',
    severity: 'high',
    panel: PANEL_IDS.topActors,
    thresholds: { exports: 10, minutes: 60 },
    meaning: 'One account exports much data in a short time.',
    runbook:
      'Check what was exported, and ask the person for the reason. If there is none: end the sessions and revoke the permission.',
    falsePositives: 'Reports at the end of a quarter.',
    needs: 'Each export as an entry with one of the actions in `actions.exported`.',
    build: ({ actions }, { exports, minutes }) => {
      const exported = entries(is('action', actions.exported), succeeded, ACCOUNTS);
      return {
        condition: `${exports} exports in ${minutes} minutes by one account`,
        query: `${count(ACTOR_LABELS, exported, minutes)} >= ${exports}`,
        entries: exported,
        summary: ({ value, label }) => `${label(WHO_LABEL)} made ${value} exports within ${minutes} minutes`,
        page: () => ({ action: actions.exported }),
        actor: true,
      };
    },
  }),
  detection<'denials'>({
    id: 'auditrail-denied-attempts',
    title: 'Many denied attempts',
    technique: 'T1087',
    tactic: 'discovery',
    severity: 'medium',
    panel: PANEL_IDS.latestFailures,
    thresholds: { denials: 10, minutes: 5 },
    meaning: 'One account tries what it may not do, as an intruder does to find out what the account permits.',
    runbook: 'Check what was tried. If it does not fit the work of the person: end the sessions and ask them.',
    falsePositives: 'A page that requests data without permission, after a change of roles.',
    needs: 'Each denied attempt with `error.code` `DENIED`: `audit.denied()`.',
    build: (_settings, { denials, minutes }) => {
      const denied = entries(is('errorCode', ['DENIED']), failed);
      return {
        condition: `${denials} denied attempts in ${minutes} minutes by one account`,
        query: `${count(ACTOR_LABELS, denied, minutes)} >= ${denials}`,
        entries: denied,
        summary: ({ value, label }) => `${value} attempts of ${label(WHO_LABEL)} were denied within ${minutes} minutes`,
        page: () => ({ errorCode: 'DENIED' }),
        actor: true,
      };
    },
  }),
  detection({
    id: 'auditrail-settings-changed',
    title: 'Settings of the audit log changed',
    technique: 'T1562.008',
    tactic: 'defense-evasion',
    severity: 'high',
    panel: PANEL_IDS.topActions,
    thresholds: { minutes: 60 },
    meaning: 'A change of settings can hide entries from people or shorten how long they are kept.',
    runbook: 'Open the entry, and compare the settings before and after. Ask the person who changed them.',
    falsePositives: 'A planned change.',
    needs:
      'Nothing: the app records changes of its settings. Add the actions of other systems to `actions.auditSettingsChanged`.',
    build: ({ actions }, { minutes }) => {
      const changed = entries(is('action', actions.auditSettingsChanged), succeeded);
      return {
        condition: `any change; fires for ${minutes} minutes`,
        query: `${count(ACTOR_LABELS, changed, minutes)} >= 1`,
        entries: changed,
        summary: ({ label }) => `${label(WHO_LABEL)} changed settings of the audit log`,
        page: () => ({ action: actions.auditSettingsChanged }),
        actor: true,
      };
    },
  }),
  detection({
    id: 'auditrail-agent-without-owner',
    title: 'Agent acts for nobody',
    technique: 'T1078',
    tactic: 'defense-evasion',
    severity: 'medium',
    panel: PANEL_IDS.topActors,
    thresholds: { minutes: 60 },
    meaning: 'An AI agent acted, and the entry does not state for whom. Nobody answers for the action.',
    runbook: 'Record the person with `audit.as(agent).onBehalfOf(person)`. If the agent is unknown: revoke its key.',
    falsePositives: 'An agent that runs on a schedule: give it the person who set it up.',
    needs: 'Agents as actors of type `agent`, with `onBehalfOf`.',
    build: (_settings, { minutes }) => {
      const alone = `${entries(is('actorType', ['agent']))} | ${lokiName(ATTRIBUTES.onBehalfOfTypes)}=""`;
      return {
        condition: `any action of an agent without \`onBehalfOf\`; fires for ${minutes} minutes`,
        query: `${count(ACTOR_LABELS, alone, minutes)} >= 1`,
        entries: alone,
        summary: ({ value, label }) => `${label(WHO_LABEL)}, an agent, acted ${value} times for nobody`,
        page: () => ({ actorType: 'agent' }),
        actor: true,
      };
    },
  }),
];
