import { AuditError, completeEntry, type AuditEntryInput, type AuditIssue } from '@auditrail/core';
import type { StandardSchemaV1 } from '@standard-schema/spec';
import type { ActionDefinition } from './action-definition.ts';
import { describeActions, type ActionsDocument } from './describe-actions.ts';
import { parseTemplate, type Template } from './action-template.ts';
import { currentContext, type RequestContext } from '../context/request-context.ts';
import { fillFromContext, type RequestEntryInput } from '../context/with-request.ts';
import type { RedactOptions } from '../prepare/redact.ts';

type PropertiesOf<P> = P extends StandardSchemaV1
  ? { properties: StandardSchemaV1.InferInput<P> }
  : { properties?: AuditEntryInput['properties'] };
type Target = NonNullable<AuditEntryInput['target']>;
type Fixed = 'action' | 'event' | 'channel' | 'properties' | 'target' | 'description';

/** What a call says of an action; the rest stands in the catalogue. `E` is what the logger takes: must it have an actor? */
export type ActionDetails<P = unknown, E extends RequestEntryInput = AuditEntryInput> = Omit<E, Fixed> &
  PropertiesOf<P> & {
    /** `type` may be left out where the catalogue has it. */
    target?: Omit<Target, 'type'> & { type?: string };
    /** Goes before the catalogue's. */
    description?: string;
  };

type Schemas = Record<string, unknown>;
type Definitions<S extends Schemas> = { [K in keyof S]: ActionDefinition<S[K]> };

/** What an audit logger must be able to do for a catalogue. */
interface Recorder<E extends RequestEntryInput, Rest extends unknown[], Result> {
  record(entry: E, ...rest: Rest): Promise<Result>;
}

/** A logger that knows the catalogue's actions and no others. */
export interface ActionRecorder<S extends Schemas, E extends RequestEntryInput, Rest extends unknown[], Result> {
  /**
   * What the request that is being handled knows (actor, address, route) is filled in, also into the description.
   *
   * @throws AuditError (as a rejection) `INVALID_ENTRY` for an action that is not in the catalogue, or properties that
   *   break its schema, with every place in `issues`; and what the logger's own `record` throws.
   */
  record<K extends keyof S & string>(action: K, details: ActionDetails<S[K], E>, ...rest: Rest): Promise<Result>;
}

export interface ActionCatalogue<S extends Schemas> {
  /**
   * The entry of an action, for a `record` of your own.
   *
   * @throws AuditError `INVALID_ENTRY`; also where the schema answers asynchronously: use {@link for} then.
   */
  entry<K extends keyof S & string>(action: K, details: ActionDetails<S[K]>): AuditEntryInput;
  /**
   * Binds the catalogue to a logger; further arguments of `record` are passed on. With one of `withRequest()` the actor may
   * be left out: it comes from the request.
   */
  for<E extends RequestEntryInput, Rest extends unknown[], Result>(
    audit: Recorder<E, Rest, Result>,
  ): ActionRecorder<S, E, Rest, Result>;
  /** Names of all actions, in the order of their definition. */
  readonly names: (keyof S & string)[];
  /** The catalogue as plain data, with JSON Schemas of the properties where the schema's library gives them. */
  toJSON(): ActionsDocument;
  /** The catalogue as a table for people. */
  toMarkdown(): string;
}

function invalid(message: string, issues: AuditIssue[], cause?: unknown): AuditError {
  return new AuditError('INVALID_ENTRY', message, { issues, ...(cause !== undefined && { cause }) });
}

const STAMP = { id: '00000000-0000-7000-8000-000000000000', time: '1970-01-01T00:00:00Z', service: 'catalogue' };

// What core's schema says of an entry holds for what is known of it beforehand.
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
    completeEntry(probe, STAMP);
  } catch (error) {
    if (!(error instanceof AuditError)) throw error;
    const issues = error.issues.map(({ path, message }) => ({ path: `${action}.${path}`, message }));
    throw invalid(`action ${JSON.stringify(action)} cannot be defined: ${error.message}`, issues, error);
  }
}

function issuesOf(issues: readonly StandardSchemaV1.Issue[]): AuditIssue[] {
  return issues.map(({ path = [], message }) => ({
    path: ['properties', ...path.map((step) => String(typeof step === 'object' ? step.key : step))].join('.'),
    message,
  }));
}

type Validated = StandardSchemaV1.Result<unknown>;

// Throws what the schema's own code throws as INVALID_ENTRY: a broken schema must not look like a broken logger.
function validate(action: string, schema: StandardSchemaV1, value: unknown): Validated | Promise<Validated> {
  const broken = (cause: unknown) =>
    invalid(`the schema of ${action} failed: ${cause instanceof Error ? cause.message : String(cause)}`, [], cause);
  try {
    const result = schema['~standard'].validate(value);
    if (!(result instanceof Promise)) return result;
    return result.catch((cause: unknown) => {
      throw broken(cause);
    });
  } catch (cause) {
    throw broken(cause);
  }
}

/**
 * Declares the actions that an application may record: one place for their channel, wording and properties. A name or
 * property that is not in it is a type error, and at run time an `AuditError` `INVALID_ENTRY`.
 *
 * @throws AuditError `INVALID_ENTRY` where a definition could never make an entry.
 * @example
 * const actions = defineActions({
 *   'invoice.updated': {
 *     channel: 'billing',
 *     target: 'invoice',
 *     description: '{actor} changed the amount of invoice {target.id} to {properties.amount}',
 *     properties: z.object({ amount: z.number() }),
 *   },
 * });
 * const trail = actions.for(createAuditLogger({ … }));
 * await trail.record('invoice.updated', { actor, target: { id: '42' }, properties: { amount: 120 } });
 */
export function defineActions<const S extends Schemas>(
  definitions: Definitions<S>,
  { redact }: { redact?: RedactOptions } = {},
): ActionCatalogue<S> {
  const known = new Map<string, { definition: ActionDefinition; template: Template | undefined }>();
  for (const [action, definition] of Object.entries<ActionDefinition>(
    definitions as Record<string, ActionDefinition>,
  )) {
    checkDefinition(action, definition);
    const { description } = definition;
    known.set(action, {
      definition,
      template: typeof description === 'string' ? parseTemplate(action, description, redact) : undefined,
    });
  }

  const find = (action: string) => {
    const found = known.get(action);
    if (found) return found;
    const message = `unknown action ${JSON.stringify(action)}: the catalogue has ${[...known.keys()].slice(0, 20).join(', ')}`;
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
      const told = issues.slice(0, 3).map(({ path, message }) => `${path}: ${message}`);
      throw invalid(`invalid audit entry ${action}: ${told.join('; ')}`, issues);
    }
    const properties = validated ? validated.value : details.properties;
    const type = details.target?.type ?? definition.target;
    const said = {
      ...(category !== undefined && { category }),
      ...details,
      action,
      ...(channel !== undefined && { channel }),
      ...(event !== undefined && { event }),
      ...(properties !== undefined && { properties }),
      ...(details.target && type !== undefined && { target: { ...details.target, type } }),
    } as AuditEntryInput;
    // Before the template, which may name any of it.
    const entry = context ? fillFromContext(said, context) : said;
    const words =
      details.description ??
      (typeof description === 'function'
        ? description((properties ?? {}) as Record<string, unknown>, entry)
        : template?.(entry));
    return { ...entry, description: words ?? action };
  };

  const checked = (action: string, details: ActionDetails) => {
    const schema = find(action).definition.properties;
    return schema && validate(action, schema, details.properties);
  };

  return {
    entry(action, details) {
      const validated = checked(action, details as ActionDetails);
      if (validated instanceof Promise) {
        // Nobody waits for it.
        validated.catch(() => undefined);
        throw invalid(`the schema of ${action} is asynchronous: record it with for(audit).record`, [
          { path: 'properties', message: 'has an asynchronous schema' },
        ]);
      }
      return build(action, details as ActionDetails, validated);
    },
    for(audit) {
      return {
        async record(action, details, ...rest) {
          // No turn of the event loop where none is needed: entries keep the order of the calls.
          const validated = checked(action, details as ActionDetails);
          const result = validated instanceof Promise ? await validated : validated;
          const entry = build(action, details as ActionDetails, result, currentContext());
          // A logger that needs an actor has made it a part of `details`.
          return audit.record(entry as Parameters<typeof audit.record>[0], ...rest);
        },
      };
    },
    names: [...known.keys()] as (keyof S & string)[],
    toJSON: () => describeActions(known).document,
    toMarkdown: () => describeActions(known).markdown,
  };
}
