import type { StandardJSONSchemaV1 } from '@standard-schema/spec';
import type { ActionDefinition } from './action-definition.ts';

/** One action of {@link ActionsDocument}. */
export interface ActionDescription {
  channel: string;
  event: string;
  category?: string;
  /** The template; missing if the description is a function. */
  description?: string;
  target?: string;
  /** JSON Schema (2020-12) of the properties before validation; `true` if the schema's library cannot express it. */
  properties?: Record<string, unknown> | true;
}

export interface ActionsDocument {
  actions: Record<string, ActionDescription>;
}

function jsonSchema(schema: NonNullable<ActionDefinition['properties']>): Record<string, unknown> | true {
  const { jsonSchema: converter } = schema['~standard'] as Partial<StandardJSONSchemaV1.Props>;
  if (!converter) return true;
  try {
    return converter.input({ target: 'draft-2020-12' });
  } catch {
    // The library throws for a type that JSON Schema cannot express, such as a date.
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
