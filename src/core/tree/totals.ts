/**
 * The counters of a directory: how many files and bytes of each data type lie at or below it. Kept as one array of
 * doubles, counts first, then bytes, both in the order of `dataTypes`.
 */
import { type DataType, type DirNode, dataTypes } from '../model/node.js';

const typeCount = dataTypes.length;
const numberOfType = new Map<string, number>(dataTypes.map((name, index) => [name, index]));

/** Returns totals of nothing. */
export function emptyTotals(): Float64Array {
  return new Float64Array(typeCount * 2);
}

/** Adds (`sign` 1) or takes away (`sign` -1) one file. */
export function countFile(
  totals: Float64Array,
  dataType: number,
  sizeBytes: number,
  sign: 1 | -1,
): void {
  totals[dataType] = (totals[dataType] ?? 0) + sign;
  const at = typeCount + dataType;
  totals[at] = (totals[at] ?? 0) + sign * sizeBytes;
}

/** Adds (`sign` 1) or takes away (`sign` -1) the totals of a subdirectory. */
export function countTotals(totals: Float64Array, other: Float64Array, sign: 1 | -1): void {
  for (let index = 0; index < totals.length; index++) {
    totals[index] = (totals[index] ?? 0) + sign * (other[index] ?? 0);
  }
}

/** Returns the number of a data type by its name; unknown names count as binary. */
export function dataTypeNumber(name: string): number {
  return numberOfType.get(name) ?? dataTypes.indexOf('binary' satisfies DataType);
}

/** Returns the totals that a stored directory states. */
export function totalsOf(dir: DirNode): Float64Array {
  const totals = emptyTotals();
  for (const [name, count] of dir.dataTypeCounts) addTo(totals, dataTypeNumber(name), count);
  for (const [name, size] of dir.dataTypeSizes) {
    addTo(totals, typeCount + dataTypeNumber(name), size);
  }
  return totals;
}

/** Returns the totals as the maps of a directory node, ascending by name, types without files left out. */
export function totalsAsMaps(
  totals: Float64Array,
): Pick<DirNode, 'sizeBytes' | 'dataTypeCounts' | 'dataTypeSizes'> {
  const dataTypeCounts = new Map<string, number>();
  const dataTypeSizes = new Map<string, number>();
  let sizeBytes = 0;
  for (const name of [...dataTypes].sort()) {
    const index = dataTypeNumber(name);
    const count = totals[index] ?? 0;
    const size = totals[typeCount + index] ?? 0;
    if (count <= 0) continue;
    dataTypeCounts.set(name, count);
    dataTypeSizes.set(name, size);
    sizeBytes += size;
  }
  return { sizeBytes, dataTypeCounts, dataTypeSizes };
}

function addTo(totals: Float64Array, index: number, value: number): void {
  totals[index] = (totals[index] ?? 0) + value;
}
