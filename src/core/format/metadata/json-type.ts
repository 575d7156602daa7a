/**
 * Types of JSON values as polars 0.55 sees them, and the two rules by which it joins types: one for the elements of a list, one for
 * the rows of a table. Types are compared by their key. A struct may have a field twice, as a JSON object may.
 */

/** A type of JSON values. */
export type JsonType =
  | { readonly kind: 'null' | 'bool' | 'i64' | 'i128' | 'f64' | 'str'; readonly key: string }
  | {
      readonly kind: 'list';
      readonly key: string;
      readonly inner: JsonType; // of all elements
      readonly elements: readonly JsonType[]; // types of the single elements; not part of the key
    }
  | { readonly kind: 'struct'; readonly key: string; readonly fields: readonly JsonField[] };

/** A field of a struct. */
export interface JsonField {
  readonly name: string;
  readonly type: JsonType;
}

type Struct = Extract<JsonType, { kind: 'struct' }>;

/** The types without parts. */
export const jsonTypes = {
  null: { kind: 'null', key: 'n' },
  bool: { kind: 'bool', key: 'b' },
  integer: { kind: 'i64', key: 'i' },
  bigInteger: { kind: 'i128', key: 'I' },
  float: { kind: 'f64', key: 'f' },
  text: { kind: 'str', key: 's' },
} as const satisfies Record<string, JsonType>;

/** Returns the type of lists with elements of type `inner`. */
export function listType(inner: JsonType, elements: readonly JsonType[] = [inner]): JsonType {
  return { kind: 'list', key: `[${inner.key}]`, inner, elements };
}

/** Returns the type of objects with the given fields. */
export function structType(fields: readonly JsonField[]): Struct {
  const parts = fields.map(({ name, type }) => `${JSON.stringify(name)}:${type.key}`);
  return { kind: 'struct', key: `{${parts.join(',')}}`, fields };
}

/** Returns the name of a type as polars displays it. */
export function typeName(type: JsonType): string {
  if (type.kind === 'list') return `list[${typeName(type.inner)}]`;
  return type.kind === 'struct' ? `struct[${type.fields.length}]` : type.kind;
}

/** Returns the type of the elements of a list in which elements of `types` occur. */
export function elementType(types: readonly JsonType[]): JsonType {
  const distinct = [...new Map(types.map((type) => [type.key, type])).values()];
  const first = distinct[0];
  if (first === undefined) return jsonTypes.null;
  if (distinct.length === 1) return first;
  const structs = distinct.filter((type) => type.kind === 'struct');
  if (structs.length === distinct.length) return joinStructs(structs);
  const lists = distinct.filter((type) => type.kind === 'list');
  if (lists.length === distinct.length)
    return listType(elementType(lists.map(({ inner }) => inner)));
  return distinct.reduce((left, right) => joinElements(left, right));
}

/** Fields of the same name are joined, in the order in which they first occur. */
function joinStructs(structs: readonly Struct[]): JsonType {
  const byName = new Map<string, JsonType[]>();
  for (const { fields } of structs) {
    for (const { name, type } of fields) {
      const types = byName.get(name);
      if (types === undefined) byName.set(name, [type]);
      else types.push(type);
    }
  }
  return structType([...byName].map(([name, types]) => ({ name, type: elementType(types) })));
}

/** Joins two types; a list takes a single value in as an element. */
function joinElements(left: JsonType, right: JsonType): JsonType {
  if (left.key === right.key) return left;
  if (left.kind === 'struct' && right.kind === 'struct') return joinStructs([left, right]);
  if (left.kind === 'list' && right.kind === 'list') {
    return listType(elementType([left.inner, right.inner]));
  }
  if (right.kind === 'list') return listType(elementType([left, right.inner]));
  if (left.kind === 'list') return listType(elementType([right, left.inner]));
  if (left.kind === 'null') return right;
  if (right.kind === 'null') return left;
  const kinds = new Set([left.kind, right.kind]);
  if (kinds.has('i64') && kinds.has('f64')) return jsonTypes.float;
  if (kinds.has('i64') && kinds.has('bool')) return jsonTypes.integer;
  return jsonTypes.text;
}

/** Returns the type that values of both types can have in a column, or undefined when there is none. */
export function superType(left: JsonType, right: JsonType): JsonType | undefined {
  if (left.key === right.key) return left;
  if (left.kind === 'null') return right;
  if (right.kind === 'null') return left;
  if (left.kind === 'str' || right.kind === 'str') return jsonTypes.text;
  if (left.kind === 'list' || right.kind === 'list') return superList(left, right);
  if (left.kind === 'struct' && right.kind === 'struct') return superStruct(left, right);
  if (left.kind === 'struct') return structAndNumber(left, right);
  if (right.kind === 'struct') return structAndNumber(right, left);
  if (left.kind === 'f64' || right.kind === 'f64') return jsonTypes.float;
  const isBig = left.kind === 'i128' || right.kind === 'i128';
  return isBig ? jsonTypes.bigInteger : jsonTypes.integer;
}

function superList(left: JsonType, right: JsonType): JsonType | undefined {
  if (left.kind !== 'list' || right.kind !== 'list') return undefined;
  const inner = superType(left.inner, right.inner);
  return inner && listType(inner);
}

function superStruct(left: Struct, right: Struct): JsonType | undefined {
  if (haveSameNames(left, right)) return superFields(left, right);
  const isShorter = left.fields.length < right.fields.length;
  const [longer, shorter] = isShorter ? [right, left] : [left, right];
  const types = new Map(longer.fields.map(({ name, type }) => [name, type]));
  for (const { name, type } of shorter.fields) {
    const known = types.get(name);
    const joined = known === undefined ? type : superType(type, known);
    if (joined === undefined) return undefined;
    types.set(name, joined);
  }
  return structType([...types].map(([name, type]) => ({ name, type })));
}

function haveSameNames(left: Struct, right: Struct): boolean {
  if (left.fields.length !== right.fields.length) return false;
  return left.fields.every(({ name }, index) => right.fields[index]?.name === name);
}

function superFields(left: Struct, right: Struct): JsonType | undefined {
  const fields: JsonField[] = [];
  for (const [index, { name, type }] of left.fields.entries()) {
    const joined = superType(type, right.fields[index]?.type ?? jsonTypes.null);
    if (joined === undefined) return undefined;
    fields.push({ name, type: joined });
  }
  return structType(fields);
}

/** A number beside a struct turns every field into the type that holds it too. */
function structAndNumber(struct: Struct, number: JsonType): JsonType | undefined {
  if (number.kind === 'bool') return undefined;
  const fields: JsonField[] = [];
  for (const { name, type } of struct.fields) {
    const joined = superType(type, number);
    if (joined === undefined) return undefined;
    fields.push({ name, type: joined });
  }
  return structType(fields);
}

/**
 * Says whether a value of type `value` can be stored in a column of type `column`: the original reads arrays of objects only
 * when all of them can.
 */
export function fitsColumn(value: JsonType, column: JsonType): boolean {
  if (value.kind === 'null') return true;
  switch (column.kind) {
    case 'null':
      return false;
    case 'bool':
      return value.kind === 'bool';
    case 'str':
      return value.kind !== 'list' && value.kind !== 'struct';
    case 'list':
      if (value.kind === 'list')
        return value.elements.every((type) => fitsColumn(type, column.inner));
      return value.kind !== 'struct' && fitsColumn(value, column.inner);
    case 'struct':
      return value.kind === 'struct' && fitsStruct(value, column);
    default:
      return value.kind !== 'str' && value.kind !== 'list' && value.kind !== 'struct';
  }
}

/** Of a field that occurs twice the first value is stored. */
function fitsStruct(value: Struct, column: Struct): boolean {
  const columns = new Map(column.fields.map(({ name, type }) => [name, type]));
  const seen = new Set<string>();
  for (const { name, type } of value.fields) {
    const target = columns.get(name);
    if (target === undefined) return false;
    if (!seen.has(name) && !fitsColumn(type, target)) return false;
    seen.add(name);
  }
  return true;
}
