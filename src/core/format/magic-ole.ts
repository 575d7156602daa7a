/**
 * Recognises old Office documents: compound files ([MS-CFB]) whose root entry carries the class id of Word, Excel or
 * PowerPoint. As in the original, the first 8192 bytes must be a complete compound file on their own, so in practice only
 * tiny documents are found here and all others are plain `application/x-ole-storage`. The order of names in the directory
 * tree is not checked.
 */
import { uint16le, uint32le, uint64le } from './byte-fields.js';

const noRule = 255;
const headerBytes = 512;
const entryBytes = 128;
const headerFatSlots = 109;
const maxSector = 0xfffffffa;
const invalidSector = 0xfffffffb;
const difatSector = 0xfffffffc;
const fatSector = 0xfffffffd;
const endOfChain = 0xfffffffe;
const free = 0xffffffff;
const rootType = 5;

/** First eight and last eight bytes of a class id, as they stand in an entry. */
const ruleOfClass: ReadonlyMap<string, number> = new Map([
  ['0609020000000000c000000000000046', 58],
  ['1008020000000000c000000000000046', 60],
  ['2008020000000000c000000000000046', 60],
  ['108d81649b4fcf1186ea00aa00b929e8', 62],
]);

interface Layout {
  readonly bytes: Uint8Array;
  readonly sectorBytes: number;
  readonly sectorCount: number;
}

/** Returns 58 for a Word document, 60 for Excel, 62 for PowerPoint, 255 for anything else. */
export function compoundFileRule(head: Uint8Array): number {
  const layout = readLayout(head);
  if (layout === undefined) return noRule;
  const fat = readFat(layout);
  const entries = fat === undefined ? undefined : readDirectory(layout, fat);
  if (fat === undefined || entries === undefined || !isTree(head, entries)) return noRule;
  if (!isMiniFat(layout, fat, entries[0] ?? 0)) return noRule;
  const root = entries[0] ?? 0;
  const classId = Buffer.from(head.subarray(root + 80, root + 96)).toString('hex');
  return ruleOfClass.get(classId) ?? noRule;
}

function readLayout(bytes: Uint8Array): Layout | undefined {
  const version = uint16le(bytes, 26);
  const sectorShift = version === 3 ? 9 : 12;
  const isSound =
    bytes.length >= headerBytes &&
    (version === 3 || version === 4) &&
    uint16le(bytes, 28) === 0xfffe &&
    uint16le(bytes, 30) === sectorShift &&
    uint16le(bytes, 32) === 6 &&
    uint32le(bytes, 56) === 4096;
  const sectorBytes = 2 ** sectorShift;
  if (!isSound || bytes.length < sectorBytes) return undefined;
  return { bytes, sectorBytes, sectorCount: Math.ceil(bytes.length / sectorBytes) - 1 };
}

/** Returns the words of a sector, or undefined when it is not wholly there. */
function sectorWords(layout: Layout, sector: number): number[] | undefined {
  const start = (sector + 1) * layout.sectorBytes;
  if (sector >= layout.sectorCount || start + layout.sectorBytes > layout.bytes.length) {
    return undefined;
  }
  return Array.from({ length: layout.sectorBytes / 4 }, (_, index) =>
    uint32le(layout.bytes, start + index * 4),
  );
}

/** Returns the numbers of the sectors that hold the allocation table, those of the header first. */
function readFatSectors(layout: Layout): { fat: number[]; extra: number[] } | undefined {
  const fat = headerFatSectors(layout.bytes);
  if (fat === undefined) return undefined;
  const extra: number[] = [];
  let next = uint32le(layout.bytes, 68);
  while (next !== endOfChain && next !== free) {
    const words = extra.includes(next) ? undefined : sectorWords(layout, next);
    if (words === undefined) return undefined;
    extra.push(next);
    next = words.pop() ?? endOfChain;
    if (words.some((word) => word !== free && word > maxSector)) return undefined;
    fat.push(...words);
  }
  const promised = Math.max(uint32le(layout.bytes, 44), headerFatSlots);
  while (fat.length > promised && fat.at(-1) === 0) fat.pop();
  while (fat.at(-1) === free) fat.pop();
  return { fat, extra };
}

function headerFatSectors(bytes: Uint8Array): number[] | undefined {
  const fat: number[] = new Array(headerFatSlots).fill(free);
  for (let slot = 0; slot < headerFatSlots; slot++) {
    const sector = uint32le(bytes, 76 + slot * 4);
    if (sector === free) break;
    if (sector > maxSector) return undefined;
    fat[slot] = sector;
  }
  return fat;
}

function readFat(layout: Layout): number[] | undefined {
  const places = readFatSectors(layout);
  if (places === undefined) return undefined;
  const fat: number[] = [];
  for (const sector of places.fat) {
    const words = sectorWords(layout, sector);
    if (words === undefined) return undefined;
    fat.push(...words);
  }
  const padding = new Set([0, difatSector, fatSector, free]);
  while (fat.length > layout.sectorCount && padding.has(fat.at(-1) ?? 0)) fat.pop();
  if (fat.length > layout.sectorCount) return undefined;
  while (fat.length < layout.sectorCount) fat.push(free);
  for (const sector of places.extra) fat[sector] = difatSector;
  for (const sector of places.fat) fat[sector] = fatSector;
  return isTable(fat, true) ? fat : undefined;
}

/** Says whether no entry points outside the table and no two point to the same place. */
function isTable(table: readonly number[], checksMarks: boolean): boolean {
  const pointees = new Set<number>();
  for (const next of table) {
    if (next <= maxSector) {
      if (next >= table.length || pointees.has(next)) return false;
      pointees.add(next);
    } else if (checksMarks && next === invalidSector) return false;
  }
  return true;
}

/** Returns the sectors of a chain, or undefined when it leaves the file or runs in a circle. */
function readChain(layout: Layout, fat: readonly number[], start: number): number[] | undefined {
  const chain: number[] = [];
  let sector = start;
  while (sector !== endOfChain) {
    if (sector >= layout.sectorCount || chain.includes(sector)) return undefined;
    chain.push(sector);
    sector = fat[sector] ?? free;
  }
  return chain;
}

/** Returns the offsets of the directory entries. */
function readDirectory(layout: Layout, fat: readonly number[]): number[] | undefined {
  const chain = readChain(layout, fat, uint32le(layout.bytes, 48));
  if (chain === undefined) return undefined;
  const entries: number[] = [];
  for (const sector of chain) {
    const start = (sector + 1) * layout.sectorBytes;
    if (start + layout.sectorBytes > layout.bytes.length) return undefined;
    for (let at = start; at < start + layout.sectorBytes; at += entryBytes) {
      if (!isEntry(layout.bytes, at)) return undefined;
      entries.push(at);
    }
  }
  const root = entries[0];
  if (root === undefined || layout.bytes[root + 66] !== rootType) return undefined;
  return rootLength(layout, root) % 64 === 0 ? entries : undefined;
}

function rootLength(layout: Layout, root: number): number {
  const { bytes, sectorBytes } = layout;
  return sectorBytes === 512 ? uint32le(bytes, root + 120) : uint64le(bytes, root + 120);
}

function isEntry(bytes: Uint8Array, at: number): boolean {
  const nameBytes = uint16le(bytes, at + 64);
  const type = bytes[at + 66] ?? 0;
  const isKnown = type <= 2 || type === rootType;
  if (nameBytes > 64 || nameBytes % 2 !== 0 || !isKnown || (bytes[at + 67] ?? 0) > 1) return false;
  for (const link of [68, 72, 76]) {
    const target = uint32le(bytes, at + link);
    if (target !== free && (target > maxSector || (link === 76 && type === 2))) return false;
  }
  return isName(bytes, at, nameBytes, type === rootType);
}

function isName(bytes: Uint8Array, at: number, nameBytes: number, isRoot: boolean): boolean {
  const name = Buffer.from(bytes.subarray(at, at + Math.max(nameBytes - 2, 0))).toString('utf16le');
  return name.isWellFormed() && (isRoot || (name.length <= 31 && !/[/\\:!]/.test(name)));
}

/** Walks the tree of entries: no circles, no links outside, streams and storages only. */
function isTree(bytes: Uint8Array, entries: readonly number[]): boolean {
  const seen = new Set<number>();
  const waiting = [0];
  for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
    const at = entries[id];
    if (at === undefined || seen.has(id)) return false;
    seen.add(id);
    const type = bytes[at + 66];
    if (id !== 0 && type !== 1 && type !== 2) return false;
    for (const link of [68, 72, 76]) {
      const target = uint32le(bytes, at + link);
      if (target !== free) waiting.push(target);
    }
  }
  return true;
}

function isMiniFat(layout: Layout, fat: readonly number[], root: number): boolean {
  const chain = readChain(layout, fat, uint32le(layout.bytes, 60));
  if (chain === undefined) return false;
  const table: number[] = [];
  for (const sector of chain) {
    const words = sectorWords(layout, sector);
    if (words === undefined) return false;
    table.push(...words);
  }
  while (table.at(-1) === free) table.pop();
  return isTable(table.slice(0, rootLength(layout, root) / 64), false);
}
