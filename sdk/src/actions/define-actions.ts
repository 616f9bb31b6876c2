import type { Acting } from '../record/acting.ts';
import { AuditError, type AuditEntryInput, type AuditIssue } from '@auditrail/core';
import type { StandardSchemaV1 } from '@standard-schema/spec';
import type { ActionDefinition } from './action-definition.ts';
import { describeActions, type ActionsDocument } from './describe-actions.ts';
import { parseTemplate, type Template } from './action-template.ts';
import { currentContext, type RequestContext } from '../context/request-context.ts';
import { fillFromContext, type RequestEntryInput } from '../context/with-request.ts';
import type { RedactOptions } from '../prepare/redact.ts';
import { checkInput } from '../prepare/check-input.ts';

type PropertiesOf<P> = P extends StandardSchemaV1
  ? { properties: StandardSchemaV1.InferInput<P> }
  : { properties?: AuditEntryInput['properties'] };
type Target = NonNullable<AuditEntryInput['target']>;
type Fixed = 'action' | 'event' | 'channel' | 'properties' | 'target' | 'description';

/** The fields that a call sets; the catalogue sets the others. `E` is the logger's entry type: its actor may be optional. */
export type ActionDetails<P = unknown, E extends RequestEntryInput = AuditEntryInput> = Omit<E, Fixed> &
  PropertiesOf<P> & {
    /** `type` defaults to the catalogue's target. */
    target?: Omit<Target, 'type'> & { type?: string };
    /** Overrides the catalogue's description. */
    description?: string;
  };

type Schemas = Record<string, unknown>;
type Definitions<S extends Schemas> = { [K in keyof S]: ActionDefinition<S[K]> };

/** The part of an audit logger that a catalogue needs. */
interface Recorder<E extends RequestEntryInput, Rest extends unknown[], Result> {
  record(entry: E, ...rest: Rest): Promise<Result>;
}

/** A logger that only records the catalogue's actions. */
export interface ActionRecorder<S extends Schemas, E extends RequestEntryInput, Rest extends unknown[], Result> {
  /**
   * Records an action. Inside a request, fills in actor, address and route, also in the description.
   *
   * @throws AuditError (as a rejection) `INVALID_ENTRY` if the action is not in the catalogue or the properties do not match
   *   its schema, with the path of each problem in `issues`; and the errors of the logger's own `record`.
   */
  record<K extends keyof S & string>(action: K, details: ActionDetails<S[K], E>, ...rest: Rest): Promise<Result>;
}

export interface ActionCatalogue<S extends Schemas> {
  /**
   * Builds the entry of an action without recording it.
   *
   * @throws AuditError `INVALID_ENTRY`, also if the schema is asynchronous: use {@link for} then.
   */
  entry<K extends keyof S & string>(action: K, details: ActionDetails<S[K]>): AuditEntryInput;
  /**
   * Binds the catalogue to a logger. Further arguments of `record` are passed on. With a logger of `withRequest()` the actor
   * is optional: it comes from the request.
   */
  for<E extends RequestEntryInput, Rest extends unknown[], Result>(
    audit: Recorder<E, Rest, Result>,
  ): ActionRecorder<S, E, Rest, Result>;
  /** The names of all actions, in the order of their definition. */
  readonly names: (keyof S & string)[];
  /** The catalogue as plain data, with a JSON Schema for the properties if the schema's library provides one. */
  toJSON(): ActionsDocument;
  /** The catalogue as a Markdown table. */
  toMarkdown(): string;
}

function invalid(message: string, issues: AuditIssue[], cause?: unknown): AuditError {
  return new AuditError('INVALID_ENTRY', message, { issues, ...(cause !== undefined && { cause }) });
}

// Checks the definition's fields with the schema of entries, in an entry that has nothing else.
function checkDefinition(action: string, { channel, event, category, target }: ActionDefinition): void {
  const probe = {
    action,
    description: '',
    actor: { type: 'system' as const },
    ...(channel !== undefined && { channel }),
    ...(event !== undefined && { event }),
    ...(category !== undefined && { category }),
    ...(target !== undefined && { target: { type: target } }),
  };
  try {
    checkInput(probe);
  } catch (error) {
    if (!(error instanceof AuditError)) throw error;
    const issues = error.issues.map(({ path, message }) => ({ path: `${action}.${path}`, message }));
    throw invalid(`the definition of action ${JSON.stringify(action)} is invalid: ${error.message}`, issues, error);
  }
}

function issuesOf(issues: readonly StandardSchemaV1.Issue[]): AuditIssue[] {
  return issues.map(({ path = [], message }) => ({
    path: ['properties', ...path.map((step) => String(typeof step === 'object' ? step.key : step))].join('.'),
    message,
  }));
}

type Validated = StandardSchemaV1.Result<unknown>;

// An error in the schema's code becomes INVALID_ENTRY, so that it does not look like a failure of the logger.
function validate(action: string, schema: StandardSchemaV1, value: unknown): Validated | Promise<Validated> {
  const schemaError = (cause: unknown) =>
    invalid(`the schema of ${action} failed: ${cause instanceof Error ? cause.message : String(cause)}`, [], cause);
  try {
    const result = schema['~standard'].validate(value);
    if (!(result instanceof Promise)) return result;
    return result.catch((cause: unknown) => {
      throw schemaError(cause);
    });
  } catch (cause) {
    throw schemaError(cause);
  }
}

/**
 * Declares the actions that an application records, with their channel, description and properties. An unknown action or
 * property is a type error, and an `AuditError` `INVALID_ENTRY` at run time.
 *
 * @throws AuditError `INVALID_ENTRY` if a definition is invalid, with the path of each problem in `issues`
 * @example
 * const actions = defineActions({
 *   'invoice.updated': {
 *     channel: 'billing',
 *     target: 'invoice',
 *     description: '{actor} changed the amount of invoice {target.id} to {properties.amount}',
 *     properties: z.object({ amount: z.number() }),
 *   },
 * });
 * const trail = actions.for(createAuditLogger({ service: 'shop', spool: './spool' }));
 * await trail.record('invoice.updated', { actor, target: { id: '42' }, properties: { amount: 120 } });
 */
export function defineActions<const S extends Schemas>(
  definitions: Definitions<S>,
  { redact }: { redact?: RedactOptions } = {},
): ActionCatalogue<S> {
  const catalogue = new Map<string, { definition: ActionDefinition; template: Template | undefined }>();
  for (const [action, definition] of Object.entries<ActionDefinition>(
    definitions as Record<string, ActionDefinition>,
  )) {
    checkDefinition(action, definition);
    const { description } = definition;
    catalogue.set(action, {
      definition,
      template: typeof description === 'string' ? parseTemplate(action, description, redact) : undefined,
    });
  }

  const find = (action: string) => {
    const found = catalogue.get(action);
    if (found) return found;
    const names = [...catalogue.keys()].slice(0, 20).join(', ');
    const message = `unknown action ${JSON.stringify(action)}: the catalogue has ${names}`;
    throw invalid(message, [{ path: 'action', message: 'is not in the catalogue' }]);
  };

  const build = (
    action: string,
    details: ActionDetails,
    validated: Validated | undefined,
    context?: RequestContext,
  ): AuditEntryInput => {
    const { definition, template } = find(action);
    const { channel, event, category, description } = definition;
    if (validated?.issues) {
      const issues = issuesOf(validated.issues);
      const first = issues.slice(0, 3).map(({ path, message }) => `${path}: ${message}`);
      throw invalid(`invalid audit entry ${action}: ${first.join('; ')}`, issues);
    }
    const properties = validated ? validated.value : details.properties;
    const type = details.target?.type ?? definition.target;
    const input = {
      ...(category !== undefined && { category }),
      ...details,
      action,
      ...(channel !== undefined && { channel }),
      ...(event !== undefined && { event }),
      ...(properties !== undefined && { properties }),
      ...(details.target && type !== undefined && { target: { ...details.target, type } }),
    } as AuditEntryInput;
    // Filled first: the description may use any field.
    const entry = context ? fillFromContext(input, context) : input;
    const text =
      details.description ??
      (typeof description === 'function'
        ? description((properties ?? {}) as Record<string, unknown>, entry)
        : template?.(entry));
    return { ...entry, description: text ?? action };
  };

  const checked = (action: string, details: ActionDetails) => {
    const schema = find(action).definition.properties;
    return schema && validate(action, schema, details.properties);
  };

  return {
    entry(action, details) {
      const validated = checked(action, details as ActionDetails);
      if (validated instanceof Promise) {
        // Not awaited: avoids an unhandled rejection.
        validated.catch(() => undefined);
        throw invalid(`the schema of ${action} is asynchronous: use for(audit).record`, [
          { path: 'properties', message: 'has an asynchronous schema' },
        ]);
      }
      return build(action, details as ActionDetails, validated);
    },
    for(audit) {
      // Of `audit.as(actor)`: before the description is made, which can name the actor.
      const identity = (audit as Partial<Pick<Acting, 'identity'>>).identity;
      return {
        async record(action, given, ...rest) {
          const details = { ...(given as ActionDetails), ...identity };
          // Awaits only if needed, so that entries keep the order of the calls.
          const validated = checked(action, details);
          const result = validated instanceof Promise ? await validated : validated;
          const entry = build(action, details, result, currentContext());
          // If the logger requires an actor, the type of `details` requires it too.
          return audit.record(entry as Parameters<typeof audit.record>[0], ...rest);
        },
      };
    },
    names: [...catalogue.keys()] as (keyof S & string)[],
    toJSON: () => describeActions(catalogue).document,
    toMarkdown: () => describeActions(catalogue).markdown,
  };
}
