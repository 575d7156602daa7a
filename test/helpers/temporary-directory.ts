/** Directories for tests, removed when the test file is done. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';

const created: string[] = [];

afterAll(() => {
  for (const path of created.splice(0)) rmSync(path, { recursive: true, force: true });
});

/** Returns the path of a new empty directory. */
export function temporaryDirectory(): string {
  const path = mkdtempSync(join(tmpdir(), 'oxen-test-'));
  created.push(path);
  return path;
}
