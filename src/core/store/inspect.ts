/**
 * The databases as readable text: one line for each entry, key, tab, value; runs have a line for each row. A damaged
 * entry is a line that says so.
 */
import { FileIndexRun, fileIndexFlags } from '../format/file-index-run.js';
import { recordKindNames } from '../format/pack-record.js';
import { StagedRun, stagedKinds } from '../format/staged-run.js';
import { hashFromBytes } from '../model/hash.js';
import { dataTypes, nodeTypes } from '../model/node.js';
import { joinPath } from '../model/path.js';
import { showKey } from './checked-database.js';
import type { StoreEnvironment } from './environment.js';
import { type DatabaseName, databaseNames } from './named-databases.js';
import { decodeNodeRow } from './node-row.js';
import { decodePlaceRow, placeRowLength, type RecordPlace } from './place-row.js';
import { decodeRunEntry } from './run-keys.js';

/** Returns the names of the databases with the number of their entries. */
export function listDatabases(
  environment: StoreEnvironment,
): { name: DatabaseName; count: number }[] {
  return databaseNames.map((name) => ({ name, count: environment.database(name).count() }));
}

/** Iterates over the lines of a database, in the order of its keys, without line ends. */
export function* inspectDatabase(
  environment: StoreEnvironment,
  name: DatabaseName,
): Generator<string> {
  const database = environment.database(name);
  const describe = describers[name];
  for (const key of database.keys()) {
    try {
      const value = database.get(key);
      if (value !== undefined) yield* describe(key, value);
    } catch (error) {
      yield `${showKey(key)}\t${error instanceof Error ? error.message : String(error)}`;
    }
  }
}

type Describer = (key: Uint8Array, value: Uint8Array) => Iterable<string>;

const describers: Readonly<Record<DatabaseName, Describer>> = {
  refs: (key, value) => [`${textOf(key)}\t${hashFromBytes(value)}`],
  nodes: (key, value) => [`${hashFromBytes(key)}\t${describeNode(value)}`],
  versions: (key, value) => [`${hashFromBytes(key)}\t${describePlace(decodePlaceRow(value))}`],
  chunks: (key, value) => [`${hashFromBytes(key)}\t${describePlace(decodePlaceRow(value))}`],
  staged: describeStaged,
  files: describeFiles,
  meta: (key, value) => [`${textOf(key)}\t${describeFact(textOf(key), Buffer.from(value))}`],
};

const nodeTypeNames = new Map<number, string>(
  Object.entries(nodeTypes).map(([name, type]) => [type, name]),
);

function describeNode(value: Uint8Array): string {
  const row = decodeNodeRow(value);
  if (row.form === 'place') return `${row.origin} ${describePlace(row.place)}`;
  const { node, children } = row.blobs;
  const type = nodeTypeNames.get(node[0] ?? -1) ?? 'unknown';
  return `${row.origin} ${type} ${node.length}+${children.length} bytes`;
}

function describePlace(place: RecordPlace): string {
  const kind = recordKindNames[place.kind] ?? `kind ${place.kind}`;
  const where = `pack ${place.packId.toString(16).padStart(8, '0')} offset ${place.offset}`;
  return `${kind} ${where} stored ${place.storedLength} raw ${place.rawLength} codec ${place.codec}`;
}

const statusLetters = ['A', 'M', 'R'];

function* describeStaged(key: Uint8Array, value: Uint8Array): Generator<string> {
  const { directory, run } = decodeRunEntry(key, value);
  const rows = new StagedRun(run);
  for (let index = 0; index < rows.count; index++) {
    const row = rows.rowAt(index);
    const status = statusLetters[row.status] ?? '?';
    const path = joinPath(directory, rows.nameAt(index));
    const area = areaOf(key);
    if (row.kind === stagedKinds.dir) yield `${area}${path}\t${status} dir`;
    else {
      const type = dataTypes[row.dataType] ?? '?';
      const hash = hashFromBytes(row.hash);
      yield `${area}${path}\t${status} file ${hash} ${row.sizeBytes} bytes ${type} ${row.mimeType}`;
    }
  }
}

function* describeFiles(key: Uint8Array, value: Uint8Array): Generator<string> {
  const { directory, run } = decodeRunEntry(key, value);
  const rows = new FileIndexRun(run);
  for (let index = 0; index < rows.count; index++) {
    const hash = hashFromBytes(rows.hashAt(index));
    const stat = `${rows.sizes[index]} bytes mtime ${rows.mtimes[index]} ctime ${rows.ctimes[index]}`;
    const file = `inode ${rows.inodes[index]} mode ${(rows.modes[index] ?? 0).toString(8)}`;
    const flags = describeFlags(rows.flags[index] ?? 0);
    const path = joinPath(directory, rows.nameAt(index));
    yield `${areaOf(key)}${path}\t${hash} ${stat} ${file}${flags}`;
  }
}

function describeFlags(flags: number): string {
  const racy = (flags & fileIndexFlags.racy) === 0 ? '' : ' racy';
  return (flags & fileIndexFlags.statInvalid) === 0 ? racy : `${racy} stat-invalid`;
}

/** Returns the area of a run in front of its path; nothing for the working tree. */
function areaOf(key: Uint8Array): string {
  const area = new DataView(key.buffer, key.byteOffset).getUint32(0);
  return area === 0 ? '' : `[${area}] `;
}

const packStates = ['open', 'sealed', 'retired'];

function describeFact(key: string, value: Buffer): string {
  if (key === 'format') return String(value.readUInt32LE());
  if (key.startsWith('pack/') && value.length === placeRowLength) {
    return `${value.readBigUInt64LE()} bytes ${packStates[value[8] ?? 0] ?? '?'}`;
  }
  if (value.length === 0) return '';
  const text = value.toString();
  if (/^[\x20-\x7e]+$/.test(text)) return text;
  return value.length === 16 ? hashFromBytes(value) : value.toString('hex');
}

function textOf(key: Uint8Array): string {
  return Buffer.from(key).toString();
}
