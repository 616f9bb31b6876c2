import type { AuditEntryInput } from '@auditrail/core';
import type { Receipt } from '../chain/receipt.ts';
import type { RecordOptions } from '../logger/options.ts';
import { deniedFields } from './denial.ts';

type Actor = AuditEntryInput['actor'];

/** A person or program that an actor acts for. */
export type Principal = NonNullable<AuditEntryInput['onBehalfOf']>[number];

/** The fields of an entry that state who acts, and for whom, nearest first. */
export type Identity = Pick<AuditEntryInput, 'actor' | 'onBehalfOf'>;

/** An entry without the fields that {@link Acting} adds. */
export type ActingInput = Omit<AuditEntryInput, keyof Identity>;

/** An entry about an attempt that was refused. */
export type DeniedInput<E = AuditEntryInput> = Omit<E, 'outcome' | 'error'> & {
  /** Why it was refused, for people. Default: `permission denied`. */
  error?: { message: string } | undefined;
};

/** Records what one actor does, for itself or for others. */
export interface Acting<R extends Receipt | undefined = Receipt> {
  /** Who acts, and for whom: what {@link record} adds to an entry. */
  readonly identity: Identity;
  /**
   * The same actor, acting for others: nearest first, at most four. An administrator who impersonates a customer, or an AI
   * agent that works for a person, remains the actor.
   */
  onBehalfOf(...principals: Principal[]): Acting<R>;
  record(entry: ActingInput, options?: RecordOptions): Promise<R>;
  /** Records an attempt that was refused. */
  denied(entry: DeniedInput<ActingInput>, options?: RecordOptions): Promise<R>;
}

type RecordEntry<R> = (entry: AuditEntryInput, options?: RecordOptions) => Promise<R>;

/** The entry about an attempt that was refused: outcome `failure`, `error.code` `DENIED`, and the event `denied` by default. */
function deniedEntry<E extends { event?: string | undefined }>(entry: DeniedInput<E>) {
  const { event, error } = entry as DeniedInput<{ event?: string | undefined }>;
  return { ...entry, ...deniedFields(error?.message, event) };
}

function actAs<R extends Receipt | undefined>(
  write: RecordEntry<R>,
  actor: Actor,
  principals: readonly Principal[] = [],
): Acting<R> {
  const identity = { actor, ...(principals.length > 0 && { onBehalfOf: [...principals] }) };
  const record = (entry: ActingInput, options?: RecordOptions) => write({ ...entry, ...identity }, options);
  return {
    identity,
    onBehalfOf: (...more) => actAs(write, actor, [...principals, ...more]),
    record,
    denied: (entry, options) => record(deniedEntry<ActingInput>(entry), options),
  };
}

/** Two more ways to record, by the `record()` of a logger. */
export const actingMethods = <E extends { event?: string | undefined }, R extends Receipt | undefined>(
  record: (entry: E, options?: RecordOptions) => Promise<R>,
) => ({
  as: (actor: Actor): Acting<R> => actAs(record as unknown as RecordEntry<R>, actor),
  denied: (entry: DeniedInput<E>, options?: RecordOptions): Promise<R> =>
    record(deniedEntry<E>(entry) as unknown as E, options),
});
