import { ATTRIBUTES, lokiName } from '@auditrail/core';
import { fieldStorage, parameterName } from '@auditrail/core/query';
import { SETTINGS } from './detections/settings.ts';

/** The actions of sign-in attempts. */
export const SIGN_IN_ACTIONS = SETTINGS.actions.signIn;

/** The label with the actor's name, added by {@link WHO}. */
export const WHO_LABEL = 'who';

const key = (attribute: string) => `.${lokiName(attribute)}`;
const EMAIL = key(ATTRIBUTES.actorEmail);
const ID = key(ATTRIBUTES.actorId);
const NAME = key(ATTRIBUTES.actorName);

// Entries of other senders than the SDK have the e-mail address as written, so it is compared in lower case.
const WHO_TEMPLATE = `{{ or (lower ${EMAIL}) ${ID} ${NAME} ${key(ATTRIBUTES.actorType)} }}`;

/**
 * A LogQL stage that adds the actor's e-mail address, or else id, name or type. The values are data of the template and are
 * never run as a template.
 */
export const WHO = `| label_format ${WHO_LABEL}="${WHO_TEMPLATE}"`;

/** The label with the audit page's parameter for {@link WHO_LABEL}, added by {@link ACTOR}. */
export const WHO_FIELD = 'who_field';

/** As {@link WHO}, and adds the parameter that filters the audit page by exactly this field. */
export const ACTOR =
  `${WHO}, ${WHO_FIELD}="{{ if ${EMAIL} }}${parameterName('email')}{{ else if ${ID} }}actorId` +
  `{{ else if ${NAME} }}actorName{{ else }}actorType{{ end }}"`;

/** A LogQL stage that only keeps entries with this field. */
export function having(key: string): string {
  return `| ${key}!=""`;
}

export const IP = fieldStorage('ip').key;
