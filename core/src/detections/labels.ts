import { ATTRIBUTES, lokiName } from '../entry/attributes.ts';
import { parameterName } from '../query/address.ts';
import { fieldStorage, type FilterField } from '../query/filters.ts';
import type { Key } from './pattern.ts';

/** The label with the actor's name, added by {@link WHO}. */
export const WHO_LABEL = 'who';

const keyOf = (attribute: string) => `.${lokiName(attribute)}`;
const EMAIL = keyOf(ATTRIBUTES.actorEmail);
const ID = keyOf(ATTRIBUTES.actorId);
const NAME = keyOf(ATTRIBUTES.actorName);

// Entries of other senders than the SDK have the e-mail address as written, so it is compared in lower case.
const WHO_TEMPLATE = `{{ or (lower ${EMAIL}) ${ID} ${NAME} ${keyOf(ATTRIBUTES.actorType)} }}`;

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

const TARGET = keyOf(ATTRIBUTES.targetId);
const TARGET_NAME = keyOf(ATTRIBUTES.targetName);

/** Stages that keep the entries whose target is their actor. */
export const SELF =
  `| label_format self="{{ if or (and ${ID} (eq ${ID} ${TARGET})) (and ${EMAIL} (or (eq (lower ${EMAIL}) (lower ${TARGET}))` +
  ` (eq (lower ${EMAIL}) (lower ${TARGET_NAME})))) }}yes{{ end }}" | self="yes"`;

/** The key in Loki that shows whether an entry has a field. */
export const presenceKey = (field: FilterField): string =>
  field === 'onBehalfOf' ? lokiName(ATTRIBUTES.onBehalfOfTypes) : fieldStorage(field).key;

/** The label of alerts with the value of a key. */
export const labelOf = (key: Key): string => (key === 'actor' ? WHO_LABEL : fieldStorage(key).key);

/** The labels of keys, as a list in LogQL. */
export const labelList = (keys: readonly Key[]): string =>
  keys.map((key) => (key === 'actor' ? `${WHO_LABEL}, ${WHO_FIELD}` : labelOf(key))).join(', ');
