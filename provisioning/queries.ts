import { ATTRIBUTES, lokiName } from '@auditrail/core';
import { entriesQuery, fieldStorage, type Filter } from '@auditrail/core/query';

/** The actions of sign-in attempts. To add those of an application, run `npm run generate -w provisioning` afterwards. */
export const SIGN_IN_ACTIONS = ['user.login', 'ssh.login'];

/** The label with the actor's name, added by {@link WHO}. */
export const WHO_LABEL = 'who';

/**
 * A LogQL stage that adds the actor's e-mail address, or else id, name or type. The values are data of the template and are
 * never run as a template.
 */
export const WHO = `| label_format ${WHO_LABEL}="{{ or ${[
  ATTRIBUTES.actorEmail,
  ATTRIBUTES.actorId,
  ATTRIBUTES.actorName,
  ATTRIBUTES.actorType,
]
  .map((attribute) => `.${lokiName(attribute)}`)
  .join(' ')} }}"`;

/** A LogQL log query for sign-in attempts. */
export function signIns(...filters: Filter[]): string {
  return entriesQuery({ filters: [{ field: 'action', operator: 'is any of', values: SIGN_IN_ACTIONS }, ...filters] });
}

export const failed: Filter = { field: 'outcome', operator: 'is', values: ['failure'] };
export const succeeded: Filter = { field: 'outcome', operator: 'is', values: ['success'] };

/** A LogQL stage that only keeps entries with this field. */
export function having(key: string): string {
  return `| ${key}!=""`;
}

export const IP = fieldStorage('ip').key;
