import { expect, test } from 'vitest';
import type { CommitId } from '../../src/core/model/hash.js';
import type { CommitNode } from '../../src/core/model/node.js';
import { painter } from '../../src/ui/colour.js';
import { renderLog } from '../../src/ui/log-view.js';

/** `m ab`: the commit m with the parents a and b. */
function commits(text: string): CommitNode[] {
  return text
    .trim()
    .split('\n')
    .map((line) => {
      const [id = '', parents = ''] = line.trim().split(' ');
      return {
        id: id as CommitId,
        parentIds: [...parents] as CommitId[],
        message: `${id}!`,
        author: 'ox',
        email: 'ox@farm',
        timestamp: { seconds: 0, nanoseconds: 0 },
      };
    });
}

async function draw(text: string, isShort: boolean): Promise<string> {
  const style = { isShort, hasGraph: true, names: new Map() };
  let shown = '\n';
  for await (const piece of renderLog(commits(text), style, painter(false))) shown += piece;
  return shown;
}

test('a line of commits is one column', async () => {
  expect(await draw('c b\nb a\na', true)).toBe('\n* c c!\n* b b!\n* a a!\n');
});

test('a merge forks, and its lines join where they began', async () => {
  expect(await draw('m ab\nb r\na r\nr', true)).toBe(
    String.raw`
* m m!
|\
| * b b!
* | a a!
|/
* r r!
`,
  );
});

test('lines that cross a fork are moved aside', async () => {
  const shown = await draw('n mc\nm ab\nb r\na r\nc r\nr', true);
  expect(shown).toBe(
    String.raw`
* n n!
|\
* \ m m!
|\ \
| * | b b!
* | | a a!
|/ /
| * c c!
|/
* r r!
`.replace('* \\ m', '* | m'),
  );
});

test('the long form stands beside its lines', async () => {
  expect(await draw('m ab\nb a\na', false)).toContain('* commit m\n|\\\n| | Author: ox\n');
});
