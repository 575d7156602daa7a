/** Tables as plain maps of cells, random edits of them, and a naive merge: what the real merge of tables is compared with. */
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';

/** A table: rows by the value of its first column, `id`, with the cells of the other columns. */
export interface ModelTable {
  readonly columns: readonly string[]; // without `id`
  readonly rows: ReadonlyMap<string, ReadonlyMap<string, string>>;
}

interface Draft {
  columns: string[];
  readonly rows: Map<string, Map<string, string>>;
}

type Edit = (draft: Draft) => void;

const value = fc.constantFrom('', 'a', 'b', 'c', 'x, y', 'say "hi"');
const pick = fc.nat(9);

const setCell = fc.tuple(pick, fc.nat(3), value).map(
  ([row, column, cell]): Edit =>
    (draft) => {
      const name = draft.columns[column % draft.columns.length] ?? '';
      draft.rows.get(pickRow(draft, row))?.set(name, cell);
    },
);
const addRow = fc.tuple(fc.integer({ min: 50, max: 70 }), value).map(
  ([id, cell]): Edit =>
    (draft) => {
      draft.rows.set(`${id}`, new Map(draft.columns.map((column) => [column, cell])));
    },
);
const deleteRow = pick.map(
  (row): Edit =>
    (draft) => {
      draft.rows.delete(pickRow(draft, row));
    },
);
const addColumn = fc.tuple(fc.constantFrom('new', 'more'), value).map(
  ([name, cell]): Edit =>
    (draft) => {
      if (draft.columns.includes(name)) return;
      draft.columns.push(name);
      for (const cells of draft.rows.values()) cells.set(name, cell);
    },
);
const deleteColumn = pick.map(
  (column): Edit =>
    (draft) => {
      if (draft.columns.length === 1) return;
      const [dropped = ''] = draft.columns.splice(column % draft.columns.length, 1);
      for (const cells of draft.rows.values()) cells.delete(dropped);
    },
);

const edits = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: setCell },
    { weight: 3, arbitrary: addRow },
    { weight: 2, arbitrary: deleteRow },
    { weight: 1, arbitrary: addColumn },
    { weight: 1, arbitrary: deleteColumn },
  ),
  { maxLength: 4 },
);

/** A random table and two descendants of it. */
export const threeTables = fc
  .record({
    cells: fc.array(value, { minLength: 2, maxLength: 24 }),
    width: fc.integer({ min: 1, max: 3 }),
    ours: edits,
    theirs: edits,
  })
  .map(({ cells, width, ours, theirs }) => {
    const columns = ['p', 'q', 'r'].slice(0, width);
    const rows = new Map<string, ReadonlyMap<string, string>>();
    for (let at = 0; at + width <= cells.length; at += width) {
      const row = columns.map((column, index) => [column, cells[at + index] ?? ''] as const);
      rows.set(`${rows.size + 1}`, new Map(row));
    }
    const base: ModelTable = { columns, rows };
    return { base, ours: applyEdits(base, ours), theirs: applyEdits(base, theirs) };
  });

function applyEdits({ columns, rows }: ModelTable, changes: readonly Edit[]): ModelTable {
  const copies = [...rows].map(([id, cells]) => [id, new Map(cells)] as const);
  const draft: Draft = { columns: [...columns], rows: new Map(copies) };
  for (const change of changes) change(draft);
  return draft;
}

function pickRow({ rows }: Draft, index: number): string {
  return [...rows.keys()][index % Math.max(rows.size, 1)] ?? '';
}

/** Writes a table as csv, with quotes only where they are needed. */
export function writeCsv({ columns, rows }: ModelTable): string {
  const quoted = (cell: string) => (/[",]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);
  const lines = [...rows].map(([id, cells]) =>
    [id, ...columns.map((column) => quoted(cells.get(column) ?? ''))].join(','),
  );
  return `${[['id', ...columns].join(','), ...lines].join('\n')}\n`;
}

/** Reads the rows of a csv text with csv-parse. */
export function readCsv(text: string): ModelTable['rows'] {
  const [header = [], ...rows] = parse(text) as string[][];
  return new Map(
    rows.map(([id = '', ...cells]) => [
      id,
      new Map(header.slice(1).map((name, index) => [name, cells[index] ?? ''])),
    ]),
  );
}

type Cells = ReadonlyMap<string, string>;

/** Merges cell by cell; undefined stands for a conflict, or a case that is left to the merge by lines. */
export function mergeModelTables(
  base: ModelTable,
  ours: ModelTable,
  theirs: ModelTable,
): ModelTable['rows'] | undefined {
  const inBoth = ours.columns.filter((column) => theirs.columns.includes(column));
  const added = [...ours.columns, ...theirs.columns].filter((name) => !base.columns.includes(name));
  const columns = [...new Set([...inBoth, ...added])];
  const merged = new Map<string, Cells>();
  for (const id of new Set([...ours.rows.keys(), ...theirs.rows.keys()])) {
    const [before, left, right] = [base, ours, theirs].map((table) => table.rows.get(id));
    const dropped = base.columns.filter((name) => !columns.includes(name));
    if (differs(before, left, dropped) || differs(before, right, dropped)) return undefined;
    if (left !== undefined && right !== undefined) {
      const cells = mergeCells(columns, before, left, right);
      if (cells === undefined) return undefined;
      merged.set(id, cells);
    } else if (before === undefined) {
      merged.set(id, new Map(columns.map((name) => [name, (left ?? right)?.get(name) ?? ''])));
    } else if (differs(before, left ?? right, base.columns)) return undefined;
  }
  return merged;
}

function differs(before: Cells | undefined, side: Cells | undefined, names: readonly string[]) {
  return names.some((name) => side?.has(name) && side.get(name) !== (before?.get(name) ?? ''));
}

function mergeCells(
  columns: readonly string[],
  before: Cells | undefined,
  ours: Cells,
  theirs: Cells,
): Cells | undefined {
  const merged = new Map<string, string>();
  for (const name of columns) {
    const [base, left, right] = [before?.get(name), ours.get(name), theirs.get(name)];
    if (left !== right && left !== base && right !== base) return undefined;
    merged.set(name, (left === base ? right : left) ?? '');
  }
  return merged;
}
