/**
 * Metadata of a parquet file from its footer: names and types of the top columns, number of rows. Types follow the arrow schema in the
 * footer when there is one, else the parquet schema, by the rules of polars 0.55.
 */
import type { FileMetadata, TabularField } from '../../model/node.js';
import { readEncodedSchema } from './arrow-schema.js';
import type { ByteSource } from './byte-source.js';
import {
  type ColumnType,
  datetimeOf,
  decimalOf,
  listOf,
  plainType,
  structOf,
} from './column-type.js';
import { tabularMetadata } from './metadata-codec.js';
import { readParquetFooter, type SchemaElement } from './parquet-footer.js';

const maxDepth = 64;
const repeated = 2;
const physical = { bool: 0, int32: 1, int64: 2, int96: 3, float: 4, double: 5, bytes: 6, fixed: 7 };
const logical = {
  map: 2,
  list: 3,
  decimal: 5,
  date: 6,
  time: 7,
  timestamp: 8,
  integer: 10,
  text: 1,
};
/** Names of converted types (old style annotations) that stand for a plain type. */
const convertedNames: Readonly<Record<number, string>> = {
  0: 'str',
  6: 'date',
  7: 'time',
  8: 'time',
  9: 'datetime[ms]',
  10: 'datetime[μs]',
  11: 'u8',
  12: 'u16',
  13: 'u32',
  14: 'u64',
  15: 'i8',
  16: 'i16',
  17: 'i32',
  18: 'i64',
};
const convertedDecimal = 5;
const convertedInterval = 21;
const convertedLists: ReadonlySet<number | undefined> = new Set([3]);
const convertedMaps: ReadonlySet<number | undefined> = new Set([1, 2]);

interface Node {
  readonly element: SchemaElement;
  readonly children: readonly Node[];
}

/** Returns the metadata of the parquet file in `source`, undefined when its footer is damaged or has types that polars lacks. */
export function readParquet(source: ByteSource): FileMetadata | undefined {
  const footer = readParquetFooter(source);
  const root = footer && buildTree(footer.elements);
  if (footer === undefined || root === undefined) return undefined;
  const names = new Set(root.children.map(({ element }) => element.name));
  if (names.size < root.children.length) return undefined;
  const fields =
    footer.arrowSchema === undefined
      ? fieldsOf(root)
      : readEncodedSchema(Buffer.from(footer.arrowSchema, 'base64'));
  return fields && tabularMetadata(fields, footer.rowCount);
}

/** Returns the root of the schema, undefined when the numbers of children do not add up or a node lacks what it needs. */
function buildTree(elements: readonly SchemaElement[]): Node | undefined {
  let next = 0;
  const build = (depth: number): Node | undefined => {
    const element = elements[next++];
    if (element === undefined || depth > maxDepth) return undefined;
    const childCount = element.childCount ?? 0;
    if (depth > 0 && !isComplete(element, childCount)) return undefined;
    const children: Node[] = [];
    for (let count = childCount; count > 0; count--) {
      const child = build(depth + 1);
      if (child === undefined) return undefined;
      children.push(child);
    }
    return { element, children };
  };
  const root = build(0);
  return next === elements.length ? root : undefined;
}

/** Nodes below the root need a repetition, those without children are leaves and need a type. */
function isComplete({ repetition, physicalType }: SchemaElement, childCount: number): boolean {
  return repetition !== undefined && (childCount > 0 || physicalType !== undefined);
}

/** A column of an unknown kind spoils the whole schema. */
function fieldsOf(root: Node): TabularField[] | undefined {
  const fields: TabularField[] = [];
  for (const child of root.children) {
    const type = typeOf(child);
    if (type === undefined) return undefined;
    fields.push({ name: child.element.name, dtype: type.text });
  }
  return fields;
}

function typeOf(node: Node): ColumnType | undefined {
  const { element, children } = node;
  const isRepeated = element.repetition === repeated;
  if (children.length === 0) return isRepeated ? listed(leafType(element)) : leafType(element);
  if (isRepeated) return listed(structType(children));
  const kind = element.logicalType?.kind;
  const isList = kind === logical.list || kind === logical.map;
  if (isList || (kind === undefined && convertedLists.has(element.convertedType))) {
    return listed(listElementType(node));
  }
  if (kind === undefined && convertedMaps.has(element.convertedType)) {
    return listed(structType(children[0]?.children ?? []));
  }
  return structType(children);
}

function listed(element: ColumnType | undefined): ColumnType | undefined {
  return element && listOf(element);
}

function structType(children: readonly Node[]): ColumnType | undefined {
  const isKnown = children.every((child) => typeOf(child) !== undefined);
  return isKnown ? structOf(children.length) : undefined;
}

/**
 * A list is a group around a repeated one, in which the element is the only child; older writers let the group in between
 * out, which shows by its name or by several children.
 */
function listElementType({ element, children }: Node): ColumnType | undefined {
  const item = children[0];
  if (item === undefined) return undefined;
  const [only, second] = item.children;
  if (only === undefined) return leafType(item.element);
  const { name } = item.element;
  const isElement = second !== undefined || name === 'array' || name === `${element.name}_tuple`;
  return isElement ? structType(item.children) : typeOf(only);
}

function leafType(element: SchemaElement): ColumnType | undefined {
  switch (element.physicalType) {
    case physical.bool:
      return plainType('bool');
    case physical.int32:
      return integerType(element, 'i32');
    case physical.int64:
      return integerType(element, 'i64');
    case physical.int96:
      return plainType('datetime[ns]');
    case physical.float:
      return plainType('f32');
    case physical.double:
      return plainType('f64');
    case physical.bytes:
      return bytesType(element);
    case physical.fixed:
      return fixedType(element);
    default:
      return undefined;
  }
}

function integerType(element: SchemaElement, base: string): ColumnType | undefined {
  const type = element.logicalType;
  switch (type?.kind) {
    case logical.integer:
      return plainType(`${type.isSigned === false ? 'u' : 'i'}${type.bits ?? 32}`);
    case logical.decimal:
      return decimalOf(type.precision ?? 0, type.scale ?? 0);
    case logical.date:
      return plainType('date');
    case logical.time:
      return plainType('time');
    case logical.timestamp:
      return datetimeOf(type.unit ?? 0, type.isUtc === true ? 'UTC' : '');
    default:
      return convertedType(element) ?? plainType(base);
  }
}

function convertedType({ convertedType: type, precision, scale }: SchemaElement) {
  if (type === convertedDecimal) return decimalOf(precision ?? 0, scale ?? 0);
  const name = convertedNames[type ?? -1];
  return name === undefined ? undefined : plainType(name);
}

/** Only text is `str`: JSON, BSON and enumerations stay binary. */
function bytesType(element: SchemaElement): ColumnType {
  const type = element.logicalType;
  if (type?.kind === logical.decimal) return decimalOf(type.precision ?? 0, type.scale ?? 0);
  if (type?.kind === logical.text) return plainType('str');
  const isOld = type === undefined || type.kind === 0;
  if (isOld && element.convertedType === convertedDecimal) {
    return decimalOf(element.precision ?? 0, element.scale ?? 0);
  }
  return plainType(isOld && element.convertedType === 0 ? 'str' : 'binary');
}

function fixedType(element: SchemaElement): ColumnType | undefined {
  const type = element.logicalType;
  if (type?.kind === logical.decimal) return decimalOf(type.precision ?? 0, type.scale ?? 0);
  if (type === undefined && element.convertedType === convertedDecimal) {
    return decimalOf(element.precision ?? 0, element.scale ?? 0);
  }
  return element.convertedType === convertedInterval ? undefined : plainType('binary');
}
