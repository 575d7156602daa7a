/**
 * The lines of a commit graph, drawn with `*`, `|`, `/` and `\` as git does: one column for every line of work that is still
 * waiting for its next commit. Commits must come children first.
 */
import type { CommitId } from '../core/model/hash.js';
import type { CommitNode } from '../core/model/node.js';

/** What stands to the left of the text of one commit. */
export interface GraphRows {
  readonly first: string; // beside the first line of the text
  readonly turns: readonly string[]; // below it, where lines fork and join
  readonly rest: string; // beside every further line
}

/** A line between two rows, from column to column. */
interface Edge {
  at: number;
  readonly to: number;
}

/** Draws commit after commit. */
export class CommitGraph {
  #columns: CommitId[] = []; // the commit that each line waits for

  /** Returns the rows of the next commit. */
  draw({ id, parentIds }: CommitNode): GraphRows {
    if (!this.#columns.includes(id)) this.#columns.push(id);
    const before = this.#columns;
    const own = before.indexOf(id);
    const first = before.map((_, column) => (column === own ? '*' : '|')).join(' ');
    this.#columns = [
      ...new Set(before.flatMap((waiting) => (waiting === id ? parentIds : [waiting]))),
    ];
    const edges = before.flatMap((waiting, at) => {
      const targets = waiting === id ? parentIds : [waiting];
      return targets.map((target): Edge => ({ at, to: this.#columns.indexOf(target) }));
    });
    return {
      first: `${first} `,
      turns: turnRows(edges),
      rest: this.#columns.map(() => '| ').join(''),
    };
  }
}

/** Returns rows in which every edge moves to where it belongs, at most one column a row. */
function turnRows(edges: readonly Edge[]): string[] {
  const rows: string[] = [];
  while (edges.some(({ at, to }) => at !== to)) {
    const row: string[] = [];
    for (const edge of edges) {
      const step = Math.sign(edge.to - edge.at);
      row[2 * edge.at + step] = step === 0 ? '|' : step > 0 ? '\\' : '/';
      edge.at += step;
    }
    rows.push(`${Array.from(row, (mark) => mark ?? ' ').join('')} `);
  }
  return rows;
}
