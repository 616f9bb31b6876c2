import type { AuditEntryInput } from '@auditrail/core';
import type { StandardSchemaV1 } from '@standard-schema/spec';

/** What is known of an action before it happens. `P` is its properties' schema: zod, or any Standard Schema. */
export interface ActionDefinition<P = unknown> {
  /** Default: the action's first word. */
  channel?: string;
  /** Default: the action's last word. */
  event?: string;
  category?: NonNullable<AuditEntryInput['category']>;
  /**
   * A sentence for people: a template such as `{actor} changed invoice {target.id}`, or a function. What a template fills
   * in is redacted by the names of its fields first; what a function writes, by patterns only.
   */
  description: string | ((properties: PropertiesOut<P>, details: Readonly<Partial<AuditEntryInput>>) => string);
  properties?: P & StandardSchemaV1;
  /** Type of what is acted on; a call then gives `id` and `name` only. */
  target?: string;
}

type PropertiesOut<P> = P extends StandardSchemaV1 ? StandardSchemaV1.InferOutput<P> : Record<string, unknown>;
