/**
 * Columns of an arrow schema (Schema.fbs of Apache Arrow) with the types that polars 0.55 makes of them. It occurs in arrow files and,
 * in base64, in the footers of parquet files.
 */
import type { TabularField } from '../../model/node.js';
import { uint32le } from '../byte-fields.js';
import {
  arrayOf,
  type ColumnType,
  datetimeOf,
  decimalOf,
  durationOf,
  listOf,
  plainType,
  structOf,
} from './column-type.js';
import { FlatTable } from './flatbuffer.js';

const maxDepth = 64;
const continuation = 0xffffffff;
const schemaHeader = 1; // in the union of message headers

/** Fields of the tables that are read. */
const message = { headerType: 1, header: 2 } as const;
const field = { name: 0, typeKind: 2, type: 3, dictionary: 4, children: 5, metadata: 6 } as const;
const arrow = {
  null: 1,
  int: 2,
  float: 3,
  binary: 4,
  utf8: 5,
  bool: 6,
  decimal: 7,
  date: 8,
  time: 9,
  timestamp: 10,
  list: 12,
  struct: 13,
  fixedBinary: 15,
  fixedList: 16,
  map: 17,
  duration: 18,
  largeBinary: 19,
  largeUtf8: 20,
  largeList: 21,
  binaryView: 23,
  utf8View: 24,
} as const;
const plainNames: Readonly<Record<number, string>> = {
  [arrow.null]: 'null',
  [arrow.binary]: 'binary',
  [arrow.utf8]: 'str',
  [arrow.bool]: 'bool',
  [arrow.time]: 'time',
  [arrow.fixedBinary]: 'binary',
  [arrow.largeUtf8]: 'str',
  [arrow.binaryView]: 'binary',
  [arrow.utf8View]: 'str',
};

/** Returns the columns of a schema message, as it stands at the start of a stream; undefined when it is damaged. */
export function readEncodedSchema(bytes: Uint8Array): TabularField[] | undefined {
  const body = uint32le(bytes, 0) === continuation ? bytes.subarray(8) : bytes;
  if (body.length < 8) return undefined;
  const root = FlatTable.root(body);
  const schema =
    root.byte(message.headerType) === schemaHeader ? root.table(message.header) : undefined;
  return schema && readSchemaFields(schema);
}

/** Returns the columns of a `Schema` table; undefined when it is damaged or has a type that polars lacks. */
export function readSchemaFields(schema: FlatTable): TabularField[] | undefined {
  const tables = schema.tables(1);
  if (tables === undefined) return undefined;
  const types = new Map<string, string>();
  for (const table of tables) {
    const name = table.text(field.name);
    const type = typeOf(table, 0);
    if (name === undefined || type === undefined) return undefined;
    types.set(name, type.text);
  }
  return [...types].map(([name, dtype]) => ({ name, dtype }));
}

function typeOf(table: FlatTable, depth: number): ColumnType | undefined {
  if (depth > maxDepth) return undefined;
  const storage = storageType(table, depth);
  if (storage === undefined || !table.has(field.dictionary)) return storage;
  if (metadataOf(table, '_PL_ENUM_VALUES2', '_PL_ENUM_VALUES') !== undefined)
    return plainType('enum');
  if (metadataOf(table, '_PL_CATEGORICAL2') !== undefined) return plainType('cat');
  return storage.text === 'str' ? plainType('cat') : storage;
}

function storageType(table: FlatTable, depth: number): ColumnType | undefined {
  const kind = table.byte(field.typeKind);
  const type = table.table(field.type);
  if (type === undefined) return undefined;
  switch (kind) {
    case arrow.list:
    case arrow.largeList:
    case arrow.map:
    case arrow.fixedList:
    case arrow.struct:
      return nestedType(table, kind, type, depth);
    case arrow.largeBinary:
      return plainType(metadataOf(table, 'pl') === 'maintain_type' ? 'binary[offset]' : 'binary');
    default:
      return plainNames[kind] === undefined ? numericType(kind, type) : plainType(plainNames[kind]);
  }
}

function nestedType(
  table: FlatTable,
  kind: number,
  type: FlatTable,
  depth: number,
): ColumnType | undefined {
  const children: ColumnType[] = [];
  for (const child of table.tables(field.children) ?? []) {
    const childType = typeOf(child, depth + 1);
    if (childType === undefined) return undefined;
    children.push(childType);
  }
  if (kind === arrow.struct) return structOf(children.length);
  const element = children[0];
  if (element === undefined) return undefined;
  return kind === arrow.fixedList ? arrayOf(element, type.int(0)) : listOf(element);
}

function numericType(kind: number, type: FlatTable): ColumnType | undefined {
  switch (kind) {
    case arrow.int:
      return integerType(type.int(0), type.byte(1) !== 0);
    case arrow.float:
      return floatType(type.short(0));
    case arrow.decimal:
      return decimalOf(type.int(0), type.int(1));
    case arrow.date:
      return plainType(type.short(0, 1) === 0 ? 'date' : 'datetime[ms]');
    case arrow.timestamp:
      return datetimeOf(type.short(0), type.has(1) ? type.text(1) : '');
    case arrow.duration:
      return durationOf(type.short(0, 1));
    default:
      return undefined;
  }
}

function floatType(precision: number): ColumnType | undefined {
  const name = ['f16', 'f32', 'f64'][precision];
  return name === undefined ? undefined : plainType(name);
}

function integerType(bits: number, isSigned: boolean): ColumnType | undefined {
  const isKnown = [8, 16, 32, 64, 128].includes(bits);
  return isKnown ? plainType(`${isSigned ? 'i' : 'u'}${bits}`) : undefined;
}

/** Returns the value of the first of the keys that the metadata of a field has. */
function metadataOf(table: FlatTable, ...keys: string[]): string | undefined {
  for (const pair of table.tables(field.metadata) ?? []) {
    if (keys.includes(pair.text(0) ?? '')) return pair.text(1);
  }
  return undefined;
}
