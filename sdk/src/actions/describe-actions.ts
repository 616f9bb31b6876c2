import type { StandardJSONSchemaV1 } from '@standard-schema/spec';
import type { ActionDefinition } from './action-definition.ts';

/** One action of {@link ActionsDocument}. */
export interface ActionDescription {
  channel: string;
  event: string;
  category?: string;
  /** The template; missing where a function writes the description. */
  description?: string;
  target?: string;
  /** JSON Schema (2020-12) of what a call gives; `true` where the schema's library has none for it. */
  properties?: Record<string, unknown> | true;
}

export interface ActionsDocument {
  actions: Record<string, ActionDescription>;
}

function jsonSchema(schema: NonNullable<ActionDefinition['properties']>): Record<string, unknown> | true {
  const { jsonSchema: made } = schema['~standard'] as Partial<StandardJSONSchemaV1.Props>;
  if (!made) return true;
  try {
    return made.input({ target: 'draft-2020-12' });
  } catch {
    // Such as a date: the library says by throwing that JSON Schema cannot express it.
    return true;
  }
}

function describe(action: string, definition: ActionDefinition): ActionDescription {
  const words = action.split('.');
  const { category, description, target, properties } = definition;
  return {
    channel: definition.channel ?? words[0] ?? action,
    event: definition.event ?? words.at(-1) ?? action,
    ...(category !== undefined && { category }),
    ...(typeof description === 'string' && { description }),
    ...(target !== undefined && { target }),
    ...(properties && { properties: jsonSchema(properties) }),
  };
}

const cell = (text: string) => text.replace(/[\\|`<]/g, '\\$&').replace(/\s+/g, ' ');

function propertiesCell(schema: ActionDescription['properties']): string {
  if (schema === undefined || schema === true) return schema ? 'see code' : '';
  const members = (schema['properties'] ?? {}) as Record<string, { type?: unknown }>;
  const required = (schema['required'] ?? []) as string[];
  return Object.entries(members)
    .map(([name, { type }]) => {
      const kind = typeof type === 'string' ? `: ${type}` : '';
      return cell(`${name}${required.includes(name) ? '' : '?'}${kind}`);
    })
    .join(', ');
}

/** A catalogue as data and as a Markdown table. */
export function describeActions(known: ReadonlyMap<string, { definition: ActionDefinition }>) {
  const entries = [...known].map(([action, { definition }]) => [action, describe(action, definition)] as const);
  const document: ActionsDocument = { actions: Object.fromEntries(entries) };
  const rows = entries.map(([action, { channel, event, target = '', description, properties }]) => {
    const cells = [`\`${action}\``, channel, event, cell(target), cell(description ?? 'written by code')];
    return `| ${[...cells, propertiesCell(properties)].join(' | ')} |`;
  });
  const head = [
    '| Action | Channel | Event | Target | Description | Properties |',
    '| --- | --- | --- | --- | --- | --- |',
  ];
  return { document, markdown: [...head, ...rows, ''].join('\n') };
}
