import type { AuditEntryInput } from '@auditrail/core';
import type { StandardSchemaV1 } from '@standard-schema/spec';

/** One action of the catalogue. `P` is the schema of its properties: zod, or any other Standard Schema. */
export interface ActionDefinition<P = unknown> {
  /** Default: the action's first word, `user` of `user.login`. */
  channel?: string;
  /** Default: the action's last word, `login` of `user.login`. */
  event?: string;
  category?: NonNullable<AuditEntryInput['category']>;
  /**
   * A sentence for people: a template such as `{actor} changed invoice {target.id}`, or a function. Values in a template are
   * redacted by field name and by pattern; a function's text only by pattern.
   */
  description: string | ((properties: PropertiesOut<P>, details: Readonly<Partial<AuditEntryInput>>) => string);
  properties?: P & StandardSchemaV1;
  /** The target's type, such as `invoice`; calls then set only its `id` and `name`. */
  target?: string;
}

type PropertiesOut<P> = P extends StandardSchemaV1 ? StandardSchemaV1.InferOutput<P> : Record<string, unknown>;
