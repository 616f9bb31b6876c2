import type { DataModel } from './data-model.ts';

const CONNECTIONS = ['connect', 'disconnect', 'set'];

/**
 * Refuses a write whose data also writes rows of an audited model through a relation: Prisma does not report these rows.
 *
 * @throws TypeError with the remedy
 */
export function refuseNestedWrites(
  dataModel: DataModel,
  audited: ReadonlySet<string>,
  model: string,
  args: Readonly<Record<string, unknown>> | undefined,
): void {
  const visit = (of: string, data: unknown): void => {
    if (Array.isArray(data)) return data.forEach((each) => visit(of, each));
    if (typeof data !== 'object' || data === null) return;
    for (const [name, value] of Object.entries(data)) {
      const related = dataModel.related(of, name);
      if (related !== undefined) {
        if (audited.has(related)) check(of, name, related, value);
        visit(related, value);
      } else if (!dataModel.isMember(of, name) && name !== 'where') {
        // Not a member of the row: `create`, `update`, `data` and others, with the members below.
        visit(of, value);
      }
    }
  };
  const check = (of: string, member: string, related: string, operations: unknown): void => {
    if (typeof operations !== 'object' || operations === null) return;
    const writes = Object.entries(operations)
      .filter(([, value]) => value !== undefined)
      .map(([name]) => name);
    const unseen = writes.find((name) => !CONNECTIONS.includes(name) || !dataModel.connectsWithoutChange(of, member));
    if (unseen === undefined) return;
    throw new TypeError(
      `auditChanges: ${model}: "${member}: { ${unseen} }" changes ${related}, which is audited, and cannot be recorded; ` +
        `write ${related} itself, in the same $transaction()`,
    );
  };
  for (const name of ['data', 'create', 'update']) visit(model, args?.[name]);
}
