/** A queue of commits that gives the youngest first: a binary heap by timestamp, then by id, so that order is stable. */
import type { CommitNode } from '../model/node.js';

/** Holds commits and returns them youngest first. */
export class CommitQueue {
  readonly #heap: CommitNode[] = [];

  /** Number of commits held. */
  get size(): number {
    return this.#heap.length;
  }

  /** Adds a commit. */
  push(commit: CommitNode): void {
    const heap = this.#heap;
    let index = heap.length;
    heap.push(commit);
    while (index > 0) {
      const above = (index - 1) >> 1;
      const parent = heap[above];
      if (parent === undefined || !isYounger(commit, parent)) break;
      heap[index] = parent;
      index = above;
    }
    heap[index] = commit;
  }

  /** Removes and returns the youngest commit, or undefined when there is none. */
  pop(): CommitNode | undefined {
    const heap = this.#heap;
    const top = heap[0];
    const last = heap.pop();
    if (top === undefined || last === undefined || heap.length === 0) return top;
    this.#sink(last);
    return top;
  }

  #sink(commit: CommitNode): void {
    const heap = this.#heap;
    let index = 0;
    for (;;) {
      const below = youngestChild(heap, index);
      const child = heap[below];
      if (child === undefined || !isYounger(child, commit)) break;
      heap[index] = child;
      index = below;
    }
    heap[index] = commit;
  }
}

function youngestChild(heap: readonly CommitNode[], index: number): number {
  const left = heap[2 * index + 1];
  const right = heap[2 * index + 2];
  return left !== undefined && right !== undefined && isYounger(right, left)
    ? 2 * index + 2
    : 2 * index + 1;
}

function isYounger(left: CommitNode, right: CommitNode): boolean {
  const seconds = left.timestamp.seconds - right.timestamp.seconds;
  if (seconds !== 0) return seconds > 0;
  const nanoseconds = left.timestamp.nanoseconds - right.timestamp.nanoseconds;
  if (nanoseconds !== 0) return nanoseconds > 0;
  return left.id > right.id;
}
