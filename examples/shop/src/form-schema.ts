// JSON Schemas of form fields. Fastify responds with 400 if a form does not match.
const text = (maxLength: number, minLength = 1) => ({ type: 'string', minLength, maxLength });

export const FIELDS = {
  name: text(200),
  email: { ...text(254), pattern: '^[^@\\s]+@[^@\\s]+$' },
  phone: text(50),
  address: text(500),
  password: text(200),
  newPassword: text(200, 12),
  description: text(2_000),
  /** In euros. */
  price: { type: 'number', minimum: 0, maximum: 1_000_000 },
  stock: { type: 'integer', minimum: 0, maximum: 1_000_000 },
  product: { type: 'integer' },
  account: { type: 'integer' },
  role: { enum: ['customer', 'staff', 'admin'] },
  id: { type: 'integer', minimum: 1, maximum: Number.MAX_SAFE_INTEGER },
};

function object(names: (keyof typeof FIELDS)[]) {
  return { type: 'object', required: names, properties: Object.fromEntries(names.map((name) => [name, FIELDS[name]])) };
}

/** The schema of a form with these fields, all required. */
export const formOf = (...names: (keyof typeof FIELDS)[]) => ({ body: object(names) });

/** The schema of routes such as `/products/:id`. */
export const WITH_ID = { params: object(['id']) };
export interface WithId {
  id: number;
}
