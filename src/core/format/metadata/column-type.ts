/**
 * Types of columns in parquet and arrow files, as far as their name goes: the text with which polars 0.55 displays a type, and for
 * arrays of a fixed length the parts from which the text of an array around them is made.
 */

/** The type of a column. */
export interface ColumnType {
  readonly text: string; // for example `datetime[μs]`
  readonly array?: { readonly leaf: string; readonly lengths: readonly number[] };
}

/** Units of time, by the number that arrow gives them; polars knows no seconds. */
const timeUnits = ['ms', 'ms', 'μs', 'ns'] as const;

/** Returns a type that has only a name. */
export function plainType(text: string): ColumnType {
  return { text };
}

/** Returns the type of lists of `element`. */
export function listOf(element: ColumnType): ColumnType {
  return plainType(`list[${element.text}]`);
}

/** Returns the type of arrays of `length` values of type `element`; arrays of arrays show their lengths together. */
export function arrayOf(element: ColumnType, length: number): ColumnType {
  const leaf = element.array?.leaf ?? element.text;
  const lengths = [length, ...(element.array?.lengths ?? [])];
  const shape = lengths.length === 1 ? `${length}` : `(${lengths.join(', ')})`;
  return { text: `array[${leaf}, ${shape}]`, array: { leaf, lengths } };
}

/** Returns the type of structs with `fieldCount` fields. */
export function structOf(fieldCount: number): ColumnType {
  return plainType(`struct[${fieldCount}]`);
}

/** Returns the type of decimal numbers. */
export function decimalOf(precision: number, scale: number): ColumnType {
  return plainType(`decimal[${precision},${scale}]`);
}

/** Returns the type of points in time; undefined when the unit or the time zone cannot be understood. */
export function datetimeOf(unit: number, zone: string | undefined): ColumnType | undefined {
  const unitName = timeUnits[unit];
  const canonical = zone === undefined ? undefined : canonicalZone(zone);
  if (unitName === undefined || canonical === undefined) return undefined;
  return plainType(
    canonical === '' ? `datetime[${unitName}]` : `datetime[${unitName}, ${canonical}]`,
  );
}

/** Returns the type of lengths of time; undefined when the unit is unknown. */
export function durationOf(unit: number): ColumnType | undefined {
  const unitName = timeUnits[unit];
  return unitName === undefined ? undefined : plainType(`duration[${unitName}]`);
}

/** Offsets of whole hours get the names of the time zone database, whose sign is the other way round. */
function canonicalZone(zone: string): string | undefined {
  if (zone === '+00:00' || zone === '00:00' || zone === 'utc') return 'UTC';
  const offset = /^([+-])?(\d\d):(\d\d)$/.exec(zone);
  if (offset === null) return zone;
  const hours = Number(offset[2]);
  const isWest = offset[1] === '-';
  return hours <= (isWest ? 12 : 14) ? `Etc/GMT${isWest ? '+' : '-'}${hours}` : undefined;
}
