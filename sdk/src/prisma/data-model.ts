interface Field {
  name: string;
  kind: string;
  type: string;
  relationName?: string;
  dbName?: string;
}

interface Model {
  fields: readonly Field[];
  dbName?: string | null;
  schema?: string | null;
}

// Prisma has no public API for these; a version without them is refused.
interface Internals {
  _runtimeDataModel?: { models?: Readonly<Record<string, Model>> };
  _activeProvider?: string;
  _engineConfig?: { inlineSchema?: string };
}

const SUPPORTED = ['postgresql', 'sqlite'];

const quote = (name: string) => `"${name.replaceAll('"', '""')}"`;

/** What a Prisma client knows about its schema. Models have the names of the client: `invoiceLine`. */
export class DataModel {
  readonly provider: string;
  readonly #models: ReadonlyMap<string, Model & { name: string }>;
  readonly #schema: string;

  /** @throws TypeError if the client is not one of Prisma 6.16 or newer, or its database is not supported */
  constructor(client: object) {
    const { _runtimeDataModel: model, _activeProvider: provider, _engineConfig: config } = client as Internals;
    if (!model?.models || provider === undefined) {
      throw new TypeError('auditChanges: this is not a client of Prisma 6.16 or newer');
    }
    if (!SUPPORTED.includes(provider)) {
      throw new TypeError(`auditChanges: ${provider} is not supported, only ${SUPPORTED.join(', ')}`);
    }
    this.provider = provider;
    const models = Object.entries(model.models);
    this.#models = new Map(models.map(([name, model]) => [DataModel.nameOf(name), { ...model, name }]));
    this.#schema = config?.inlineSchema ?? '';
  }

  /** `InvoiceLine` is `client.invoiceLine`, and `client.InvoiceLine` is the same. */
  static nameOf(model: string): string {
    return model.charAt(0).toLowerCase() + model.slice(1);
  }

  has(model: string): boolean {
    return this.#models.has(model);
  }

  /** The columns of a model: members that are not relations. */
  columns(model: string): string[] {
    return this.#fields(model)
      .filter(({ kind }) => kind === 'scalar' || kind === 'enum')
      .map(({ name }) => name);
  }

  /** The table of a model in SQL. */
  table(model: string, defaultSchema?: string): string {
    const { name = model, dbName, schema } = this.#models.get(model) ?? {};
    return [schema ?? defaultSchema, dbName ?? name]
      .filter((part) => part !== undefined)
      .map(quote)
      .join('.');
  }

  /** The column of a member in SQL, and its name there. */
  column(model: string, member: string): { sql: string; name: string } {
    const name = this.#fields(model).find((field) => field.name === member)?.dbName ?? member;
    return { sql: quote(name), name };
  }

  isEnum(model: string, member: string): boolean {
    return this.#fields(model).some(({ name, kind }) => name === member && kind === 'enum');
  }

  /** The model to which a member is a relation, or `undefined`. */
  related(model: string, member: string): string | undefined {
    const field = this.#fields(model).find(({ name, kind }) => name === member && kind === 'object');
    return field && DataModel.nameOf(field.type);
  }

  /** Whether a write has data of relations, which Prisma writes with further statements. */
  writesRelations(model: string, args: Readonly<Record<string, unknown>>): boolean {
    const data = ['data', 'create', 'update'].flatMap((name) => Object.keys(args[name] ?? {}));
    return data.some((name) => this.related(model, name) !== undefined);
  }

  isMember(model: string, name: string): boolean {
    return this.#fields(model).some((field) => field.name === name);
  }

  /** Whether connecting rows surely leaves the related rows as they are: the foreign key is here, or in a table between. */
  connectsWithoutChange(model: string, member: string): boolean {
    const field = this.#fields(model).find(({ name }) => name === member);
    if (!field) return false;
    if (this.#line(model, `${member}\\s+[^\\n]*@relation\\([^)]*\\bfields\\s*:`)) return true;
    const related = DataModel.nameOf(field.type);
    const opposite = this.#fields(related).find(
      ({ name, relationName }) => relationName === field.relationName && !(related === model && name === member),
    );
    const isList = (of: string, name: string) => this.#line(of, `${name}\\s+\\w+\\s*\\[\\]`);
    return isList(model, member) && opposite !== undefined && isList(related, opposite.name);
  }

  #fields(model: string): readonly Field[] {
    return this.#models.get(model)?.fields ?? [];
  }

  #line(model: string, pattern: string): boolean {
    const name = this.#models.get(model)?.name ?? '';
    const block = new RegExp(`^\\s*model\\s+${name}\\s*\\{([\\s\\S]*?)^\\s*\\}`, 'm').exec(this.#schema);
    return new RegExp(`^\\s*${pattern}`, 'm').test(block?.[1] ?? '');
  }
}
