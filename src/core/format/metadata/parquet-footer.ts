/**
 * Reads from the footer of a parquet file what its metadata needs: number of rows, schema, and the arrow schema that some writers put
 * beside it (parquet.thrift, structs FileMetaData and SchemaElement).
 */
import { hasBytes, latin1Bytes, uint32le } from '../byte-fields.js';
import type { ByteSource } from './byte-source.js';
import { ThriftReader, thriftTypes } from './thrift-compact.js';

const magic = latin1Bytes('PAR1');
const tailBytes = 8; // length of the footer, magic
const minFileBytes = 12;
const maxFooterBytes = 64 * 2 ** 20; // thousands of row groups of thousands of columns
const maxElements = 2 ** 20;

/** What a logical type says, where it matters here. */
export interface LogicalType {
  readonly kind: number; // field of the union LogicalType
  readonly unit?: number; // of time: 1 ms, 2 µs, 3 ns
  readonly isUtc?: boolean;
  readonly bits?: number; // of an integer
  readonly isSigned?: boolean;
  readonly precision?: number; // of a decimal
  readonly scale?: number;
}

/** One node of the schema, in the order of a walk from the root. */
export interface SchemaElement {
  readonly name: string;
  readonly physicalType?: number; // of a leaf
  readonly typeLength?: number;
  readonly repetition?: number; // 0 required, 1 optional, 2 repeated
  readonly childCount?: number; // of a group
  readonly convertedType?: number;
  readonly precision?: number;
  readonly scale?: number;
  readonly logicalType?: LogicalType;
}

/** The part of a footer that is read. */
export interface ParquetFooter {
  readonly rowCount: number;
  readonly elements: readonly SchemaElement[];
  readonly arrowSchema: string | undefined; // base64
}

/** Returns the footer of the parquet file in `source`, undefined when it is damaged. */
export function readParquetFooter(source: ByteSource): ParquetFooter | undefined {
  const { sizeBytes } = source;
  if (sizeBytes < minFileBytes) return undefined;
  const tail = source.read(sizeBytes - tailBytes, tailBytes);
  if (!hasBytes(tail, 4, magic)) return undefined;
  const length = uint32le(tail, 0);
  if (length > maxFooterBytes || length + tailBytes > sizeBytes) return undefined;
  return parseFooter(source.read(sizeBytes - tailBytes - length, length));
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

function parseFooter(bytes: Uint8Array): ParquetFooter | undefined {
  const reader = new ThriftReader(bytes);
  const elements: SchemaElement[] = [];
  let rowCount = -1;
  let arrowSchema: string | undefined;
  reader.struct((field, type) => {
    if (field === 2 && type === thriftTypes.list) {
      reader.list(() => elements.push(readElement(reader)), maxElements);
    } else if (field === 3 && type === thriftTypes.int64) rowCount = reader.integer();
    else if (field === 5 && type === thriftTypes.list) {
      reader.list(() => {
        const [key, value] = readKeyValue(reader);
        if (key === 'ARROW:schema') arrowSchema = value;
      });
    } else return false;
    return true;
  });
  if (reader.isFailed || elements.length === 0 || rowCount < 0) return undefined;
  return { rowCount, elements, arrowSchema };
}

function readKeyValue(reader: ThriftReader): [string, string] {
  const pair: [string, string] = ['', ''];
  reader.struct((field, type) => {
    if (type !== thriftTypes.binary || field < 1 || field > 2) return false;
    pair[field - 1] = reader.text();
    return true;
  });
  return pair;
}

function readElement(reader: ThriftReader): SchemaElement {
  const element: Mutable<SchemaElement> = { name: '' };
  reader.struct((field, type) => {
    if (field === 4 && type === thriftTypes.binary) element.name = reader.text();
    else if (field === 10 && type === thriftTypes.struct) element.logicalType = readLogical(reader);
    else if (type === thriftTypes.int32) return readNumber(reader, element, field);
    else return false;
    return true;
  });
  return element;
}

function readNumber(reader: ThriftReader, element: Mutable<SchemaElement>, field: number): boolean {
  const name = numberFields[field];
  if (name === undefined) return false;
  element[name] = reader.integer();
  return true;
}

const numberFields: Readonly<
  Record<
    number,
    | 'physicalType'
    | 'typeLength'
    | 'repetition'
    | 'childCount'
    | 'convertedType'
    | 'scale'
    | 'precision'
  >
> = {
  1: 'physicalType',
  2: 'typeLength',
  3: 'repetition',
  5: 'childCount',
  6: 'convertedType',
  7: 'scale',
  8: 'precision',
};

/** A union: one field, whose number is the kind, with a struct of parameters. */
function readLogical(reader: ThriftReader): LogicalType {
  const logical: Mutable<LogicalType> = { kind: 0 };
  reader.struct((kind, type) => {
    if (type !== thriftTypes.struct) return false;
    logical.kind = kind;
    reader.struct((field, fieldType) => readParameter(reader, logical, field, fieldType));
    return true;
  });
  return logical;
}

/** Decimal: 1 scale, 2 precision. Time and timestamp: 1 is UTC, 2 unit. Integer: 1 bits, 2 is signed. */
function readParameter(
  reader: ThriftReader,
  logical: Mutable<LogicalType>,
  field: number,
  type: number,
): boolean {
  const isFlag = type === thriftTypes.yes || type === thriftTypes.no;
  if (isFlag) {
    if (field === 1) logical.isUtc = type === thriftTypes.yes;
    else logical.isSigned = type === thriftTypes.yes;
    return true;
  }
  if (type === thriftTypes.int32 && field <= 2) {
    const value = reader.integer();
    if (field === 1) logical.scale = value;
    else logical.precision = value;
    return true;
  }
  if (type === thriftTypes.byte && field === 1) {
    logical.bits = reader.byte();
    return true;
  }
  if (type !== thriftTypes.struct) return false;
  reader.struct((unit) => {
    logical.unit = unit;
    return false;
  });
  return true;
}
