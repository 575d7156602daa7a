/** The one form of all documents that `--json` prints: an object on one line whose first field is the version of the schema. */

/** The version of all documents; raised when a field changes its meaning, not when one is added. */
export const jsonSchema = 1;

/** Returns `fields` as a document with a line end: maps become objects, bytes base64 text, big integers decimal text. */
export function renderDocument(fields: object): string {
  return `${JSON.stringify({ schema: jsonSchema, ...fields }, plainValue)}\n`;
}

function plainValue(_key: string, value: unknown): unknown {
  if (value instanceof Map) return Object.fromEntries(value);
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  return typeof value === 'bigint' ? value.toString() : value;
}
