/** TOML files that other programs write too: values that are not ours survive a change. Comments do not. */
import { parse, stringify, type TomlTable, type TomlValue } from 'smol-toml';
import { InvalidInputError, OperationError } from '../model/errors.js';
import { readTextFile, writeFileAtomically } from './atomic-file.js';

export type { TomlTable } from 'smol-toml';

/**
 * Returns the table in the file at `path`, undefined when there is no file.
 * @throws OperationError when it is not valid TOML or cannot be read
 */
export function readTomlFile(path: string): TomlTable | undefined {
  const text = readTextFile(path);
  if (text === undefined) return undefined;
  try {
    return parse(text);
  } catch (cause) {
    const reason = cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : String(cause);
    throw new OperationError(`${path} is not valid TOML: ${reason}`, { path, cause });
  }
}

/** Replaces the file at `path`; it is durable on return. */
export function writeTomlFile(path: string, table: TomlTable, mode = 0o644): void {
  writeFileAtomically(path, `${stringify(table)}\n`, { mode });
}

/** Returns `table` with `changes` on top; undefined removes a key. Neither argument is changed. */
export function mergeTable(
  table: TomlTable,
  changes: Readonly<Record<string, TomlValue | undefined>>,
): TomlTable {
  const merged: TomlTable = { ...table };
  for (const [key, value] of Object.entries(changes)) {
    if (value === undefined) delete merged[key];
    else merged[key] = value;
  }
  return merged;
}

/** Returns the string under `key`, undefined when there is none. */
export function stringOf(table: TomlTable, key: string): string | undefined {
  const value = table[key];
  return typeof value === 'string' ? value : undefined;
}

/** Returns the whole number under `key`, undefined when there is none. */
export function numberOf(table: TomlTable, key: string): number | undefined {
  const value = table[key];
  if (typeof value === 'bigint') return Number(value);
  return typeof value === 'number' ? value : undefined;
}

/** Returns the list of tables under `key`, empty when there is none. */
export function tablesOf(table: TomlTable, key: string, path: string): TomlTable[] {
  const value = table[key] ?? [];
  if (Array.isArray(value) && value.every(isTable)) return value;
  throw new InvalidInputError(`${path}: ${key} must be a list of tables: [[${key}]].`, { path });
}

function isTable(value: TomlValue): value is TomlTable {
  return (
    typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date)
  );
}
