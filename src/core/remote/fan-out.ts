/** Doing the same for many items at once, but not for all of them: the list may be as long as the repository. */

/**
 * Runs `task` for every item, up to `width` at a time; items are taken only when one is to begin. Ends when all are done.
 * @throws the first failure, after those under way have ended; no further item is begun
 */
export async function forEachParallel<Item>(
  items: AsyncIterable<Item> | Iterable<Item>,
  width: number,
  task: (item: Item) => Promise<void>,
): Promise<void> {
  const iterator = iterate(items);
  const failures: unknown[] = [];
  const work = async () => {
    for (;;) {
      const next = await iterator.next();
      if (next.done === true || failures.length > 0) return;
      await task(next.value);
    }
  };
  const workers = Array.from({ length: width }, () =>
    work().catch((error: unknown) => failures.push(error)),
  );
  await Promise.all(workers);
  await iterator.return();
  if (failures.length > 0) throw failures[0];
}

async function* iterate<Item>(
  items: AsyncIterable<Item> | Iterable<Item>,
): AsyncGenerator<Item, void, void> {
  yield* items;
}
