/**
 * Reads parquet files with hyparquet. Values become texts that agree with those of the same table as csv. The library trusts
 * the counts in page headers: a file made to do harm, or one damaged in an unlucky place, can keep it busy for very
 * long. A caller that reads other people's files unattended does so on a thread that it can end.
 */
import {
  type FileMetaData,
  parquetMetadata,
  parquetRead,
  parquetSchema,
  type SchemaElement,
  type SchemaTree,
} from 'hyparquet';
import { compressors as codecs } from 'hyparquet-compressors';
import type { TableReading } from './read-table.js';
import type { Row, Table } from './table.js';

/** Most rows of a parquet file that are read into memory. */
export const maxParquetRows = 1_000_000;

const maxUnpackedBytes = 256 << 20;

type Codecs = typeof codecs;

/** Refuses to unpack a page to more than a whole file may have. */
const compressors: Codecs = Object.fromEntries(
  Object.entries(codecs).map(([name, unpack]) => [
    name,
    (input: Uint8Array, outputLength: number) => {
      if (outputLength > maxUnpackedBytes) throw new RangeError('a page is too large');
      return unpack(input, outputLength);
    },
  ]),
);

/** Reads a whole parquet file; one that is damaged is irregular. */
export async function readParquet(bytes: Uint8Array): Promise<TableReading> {
  const buffer = bytes.slice().buffer;
  try {
    const metadata = parquetMetadata(buffer);
    if (isTooLarge(metadata)) return { kind: 'too large' };
    const rows = await readRows(buffer, metadata);
    return { kind: 'table', table: tableOf(metadata, rows) };
  } catch {
    // The library throws plain errors for anything it cannot read; none of them is about this program.
    return { kind: 'irregular' };
  }
}

function isTooLarge({ num_rows: rowCount, row_groups: groups }: FileMetaData): boolean {
  const unpackedBytes = groups.reduce((sum, group) => sum + Number(group.total_byte_size), 0);
  return rowCount > maxParquetRows || unpackedBytes > maxUnpackedBytes;
}

async function readRows(buffer: ArrayBuffer, metadata: FileMetaData): Promise<unknown[][]> {
  let rows: unknown[][] = [];
  const file = {
    byteLength: buffer.byteLength,
    slice: (start: number, end?: number) => buffer.slice(start, end),
  };
  await parquetRead({
    file,
    metadata,
    compressors,
    rowFormat: 'array',
    onComplete: (read) => {
      rows = read;
    },
  });
  return rows;
}

function tableOf(metadata: FileMetaData, rows: readonly unknown[][]): Table {
  const { children } = parquetSchema(metadata);
  return {
    columns: children.map((column) => ({ name: column.element.name, dtype: dtypeOf(column) })),
    rowCount: rows.length,
    readRow: (index): Row => (rows[index] ?? []).map(asText),
    textOf: () => undefined,
  };
}

function asText(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  if (typeof value === 'string') return value === '' ? null : value;
  if (typeof value === 'object') return asNested(value);
  return String(value);
}

function asNested(value: object): string {
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  return JSON.stringify(value, (_, inner: unknown) => {
    if (typeof inner === 'bigint') return String(inner);
    return inner instanceof Uint8Array ? Buffer.from(inner).toString('hex') : inner;
  });
}

const physicalTypes: Readonly<Record<string, string>> = {
  BOOLEAN: 'bool',
  INT32: 'i32',
  INT64: 'i64',
  INT96: 'datetime[ns]',
  FLOAT: 'f32',
  DOUBLE: 'f64',
  BYTE_ARRAY: 'binary',
  FIXED_LEN_BYTE_ARRAY: 'binary',
};

const logicalTypes: Readonly<Record<string, string>> = {
  STRING: 'str',
  UTF8: 'str',
  ENUM: 'str',
  JSON: 'str',
  UUID: 'str',
  DATE: 'date',
  DECIMAL: 'decimal',
  TIMESTAMP_MILLIS: 'datetime[ms]',
  TIMESTAMP_MICROS: 'datetime[μs]',
  TIME: 'time',
  TIME_MILLIS: 'time',
  TIME_MICROS: 'time',
};

const timeUnits = { MILLIS: 'ms', MICROS: 'μs', NANOS: 'ns' } as const;

/** Names the type of a column as polars does, without reading into lists and structs. */
function dtypeOf({ element, children }: SchemaTree): string {
  const { logical_type: logical, converted_type: converted } = element;
  if (element.repetition_type === 'REPEATED') return 'list';
  if (children.length > 0)
    return converted === 'LIST' || logical?.type === 'LIST' ? 'list' : 'struct';
  if (logical?.type === 'TIMESTAMP') return `datetime[${timeUnits[logical.unit]}]`;
  const integer = integerType(element);
  if (integer !== undefined) return integer;
  const named = logicalTypes[logical?.type ?? ''] ?? logicalTypes[converted ?? ''];
  return named ?? physicalTypes[element.type ?? ''] ?? 'str';
}

function integerType({ logical_type: logical, converted_type: converted }: SchemaElement) {
  if (logical?.type === 'INTEGER') return `${logical.isSigned ? 'i' : 'u'}${logical.bitWidth}`;
  const [, sign, width] = /^(U?)INT_(\d+)$/.exec(converted ?? '') ?? [];
  return width === undefined ? undefined : `${sign === 'U' ? 'u' : 'i'}${width}`;
}
