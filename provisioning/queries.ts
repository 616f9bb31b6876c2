import { ATTRIBUTES, lokiName } from '@auditrail/core';
import { entriesQuery, fieldStorage, type Filter } from '@auditrail/core/query';

/** The actions that are an attempt to sign in; add an application's own here and run `npm run generate -w provisioning`. */
export const SIGN_IN_ACTIONS = ['user.login', 'ssh.login'];

/** The label of query results that names a person: made by {@link WHO}. */
export const WHO_LABEL = 'who';

/**
 * A LogQL stage that names the actor by what an entry has: e-mail, else id, else name, else type. The values are data of
 * the template and never run as one.
 */
export const WHO = `| label_format ${WHO_LABEL}="{{ or ${[
  ATTRIBUTES.actorEmail,
  ATTRIBUTES.actorId,
  ATTRIBUTES.actorName,
  ATTRIBUTES.actorType,
]
  .map((attribute) => `.${lokiName(attribute)}`)
  .join(' ')} }}"`;

/** A LogQL log query for the attempts to sign in. */
export function signIns(...filters: Filter[]): string {
  return entriesQuery({ filters: [{ field: 'action', operator: 'is any of', values: SIGN_IN_ACTIONS }, ...filters] });
}

export const failed: Filter = { field: 'outcome', operator: 'is', values: ['failure'] };
export const succeeded: Filter = { field: 'outcome', operator: 'is', values: ['success'] };

/** Only entries that have the field: those without it are no value of their own. */
export function having(key: string): string {
  return `| ${key}!=""`;
}

export const IP = fieldStorage('ip').key;
