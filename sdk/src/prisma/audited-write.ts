import type { Row, RowChange } from '../changes/row-changes.ts';
import { chunks, type AuditedModel } from './audited-model.ts';
import { call, type Args, type Client } from './client.ts';

/** The operations that write rows. */
export const WRITES: ReadonlySet<string> = new Set([
  ...['create', 'createMany', 'createManyAndReturn', 'update', 'updateMany', 'updateManyAndReturn'],
  ...['upsert', 'delete', 'deleteMany'],
]);

export interface WriteResult {
  /** What the operation returns without auditing. */
  result: unknown;
  changes: RowChange[];
}

// Adds the key to what an operation returns, and removes it from the result.
function withKey({ changes: { key } }: AuditedModel, args: Args): { args: Args; strip: (row: Row) => Row } {
  const select = args['select'] as Args | undefined;
  const omit = args['omit'] as Args | undefined;
  const hidden = key.filter((member) => (select ? !select[member] : omit?.[member] === true));
  if (hidden.length === 0) return { args, strip: (row) => row };
  const shown = Object.fromEntries(hidden.map((member) => [member, select !== undefined]));
  return {
    args: { ...args, ...(select ? { select: { ...select, ...shown } } : { omit: { ...omit, ...shown } }) },
    strip: (row) => Object.fromEntries(Object.entries(row).filter(([member]) => !hidden.includes(member))),
  };
}

async function writeOne(tx: Client, model: AuditedModel, operation: string, args: Args): Promise<WriteResult> {
  const before = operation === 'create' ? [] : await model.before(tx, args['where']);
  const shown = withKey(model, args);
  const row = (await call(tx, model.name, operation, shown.args)) as Row;
  const result = shown.strip(row);
  if (operation === 'delete') {
    if (before.length === 0) throw new Error(`auditChanges: a deleted ${model.name} was added at the same time`);
    return { result, changes: model.changes.deleted(before) };
  }
  const after = await model.after(tx, [row]);
  const isNew = operation === 'create' || (operation === 'upsert' && before.length === 0);
  // The key can be another one than before; it is one row in any case.
  const changes = isNew ? model.changes.created(after) : model.changes.updated(before, after, [...before]);
  return { result, changes };
}

async function createMany(tx: Client, model: AuditedModel, args: Args, returning: boolean): Promise<WriteResult> {
  const shown = returning ? withKey(model, args) : { args: { ...args, select: model.select }, strip: undefined };
  const rows = (await call(tx, model.name, 'createManyAndReturn', shown.args)) as Row[];
  if (!shown.strip) return { result: { count: rows.length }, changes: model.changes.created(rows) };
  return { result: rows.map(shown.strip), changes: model.changes.created(await model.after(tx, rows)) };
}

async function updateMany(tx: Client, model: AuditedModel, args: Args, returning: boolean): Promise<WriteResult> {
  const { limit, ...others } = args;
  const { where = {}, data } = others as { where?: unknown; data?: Args };
  const before = await model.allBefore(tx, where, limit);
  const movesKey = model.changes.key.some((member) => data?.[member] !== undefined);
  const shown = returning ? withKey(model, others) : { args: { ...others, select: model.select }, strip: undefined };
  const all: WriteResult & { result: Row[] } = { result: [], changes: [] };
  // Rows whose key changes are updated one at a time, so that each has its own values before and after.
  for (const group of chunks(before, movesKey ? 1 : undefined)) {
    const limited = { ...shown.args, where: { AND: [where, model.oneOf(group)] } };
    const rows = (await call(tx, model.name, 'updateManyAndReturn', limited)) as Row[];
    const after = shown.strip ? await model.after(tx, rows) : rows;
    all.changes.push(...model.changes.updated(group, after, movesKey ? [...group] : group));
    all.result.push(...(shown.strip ? rows.map(shown.strip) : rows));
  }
  return { result: returning ? all.result : { count: all.result.length }, changes: all.changes };
}

async function deleteMany(tx: Client, model: AuditedModel, { where = {}, limit }: Args): Promise<WriteResult> {
  const before = await model.allBefore(tx, where, limit);
  for (const group of chunks(before)) {
    const args = { where: { AND: [where, model.oneOf(group)] } };
    const { count } = (await call(tx, model.name, 'deleteMany', args)) as { count: number };
    if (count !== group.length) throw new Error(`auditChanges: a ${model.name} was changed while it was deleted`);
  }
  return { result: { count: before.length }, changes: model.changes.deleted(before) };
}

/** Runs a write in a transaction, and reads its rows before and after. */
export async function auditedWrite(
  tx: Client,
  model: AuditedModel,
  operation: string,
  args: Args = {},
): Promise<WriteResult> {
  const returning = operation.endsWith('AndReturn');
  if (operation.startsWith('createMany')) return createMany(tx, model, args, returning);
  if (operation.startsWith('updateMany')) return updateMany(tx, model, args, returning);
  return operation === 'deleteMany' ? deleteMany(tx, model, args) : writeOne(tx, model, operation, args);
}
