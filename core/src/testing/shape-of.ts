/** The keys of a value with the type of each, for comparing what different programs write. */
function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.length === 0 ? [] : [shapeOf(value[0])];
  if (typeof value !== 'object' || value === null) return value === null ? 'null' : typeof value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, shapeOf(member)]));
}

/** The shape of each `audit.export.downloaded` of an export with filters and a search, whichever program writes it. */
export const DOWNLOAD_ENTRY_SHAPE = {
  action: 'string',
  authContext: 'string',
  channel: 'string',
  description: 'string',
  target: { type: 'string', id: 'string', name: 'string' },
  properties: {
    formats: ['string'],
    range: { from: 'string', to: 'string' },
    filters: [{ field: 'string', operator: 'string', values: ['string'] }],
    search: 'string',
    rows: 'number',
    files: [{ name: 'string', format: 'string', rows: 'number', bytes: 'number', sha256: 'string' }],
  },
};

/** The shape of the part of an entry that {@link DOWNLOAD_ENTRY_SHAPE} describes. */
export function downloadEntryShape(entry: object): unknown {
  return shapeOf(Object.fromEntries(Object.entries(entry).filter(([key]) => Object.hasOwn(DOWNLOAD_ENTRY_SHAPE, key))));
}
