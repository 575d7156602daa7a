import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { maxMergeBytes } from '../../../src/core/merge/contents.js';
import { mergeLines, mergeText } from '../../../src/core/merge/text-merge.js';
import { gitVersion, runGit, titleWithGit } from '../../helpers/git.js';
import { temporaryDirectory } from '../../helpers/temporary-directory.js';

const labels = { ours: 'ours', theirs: 'theirs' };

function merge(base: string, ours: string, theirs: string) {
  return mergeLines(base, ours, theirs, labels);
}

/** Inserts, replaces and deletes lines; no inserted line stands anywhere else, so there is one way to align. */
const edits = fc.array(
  fc.record({
    at: fc.nat(40),
    deleted: fc.nat(3),
    inserted: fc.array(fc.nat(3), { maxLength: 3 }),
  }),
  { maxLength: 4 },
);
type Edits = typeof edits extends fc.Arbitrary<infer T> ? T : never;

function edit(lines: readonly string[], changes: Edits, name: string, ending: string): string[] {
  const result = [...lines];
  changes.forEach(({ at, deleted, inserted }, index) => {
    const fresh = inserted.map((_, line) => `${name} ${index} ${line}${ending}`);
    result.splice(Math.min(at, result.length), deleted, ...fresh);
  });
  return result;
}

function finish(lines: readonly string[], hasFinalNewline: boolean): string {
  const text = lines.join('');
  return hasFinalNewline ? text : text.replace(/\r?\n$/, '');
}

const threeTexts = fc
  .record({
    length: fc.integer({ min: 1, max: 40 }),
    ours: edits,
    theirs: edits,
    both: edits,
    ending: fc.constantFrom('\n', '\r\n'),
    isFinished: fc.tuple(fc.boolean(), fc.boolean(), fc.boolean()),
    plainLines: fc.boolean(),
  })
  .map(({ length, ours, theirs, both, ending, isFinished, plainLines }) => {
    const base = Array.from({ length }, (_, index) => {
      const mark = plainLines ? '-'.repeat(index + 1) : `line ${index}`;
      return mark + ending;
    });
    const same = edit(base, both, 'both', ending);
    return {
      base: finish(base, isFinished[0]),
      ours: finish(edit(same, ours, 'ours', ending), isFinished[1]),
      theirs: finish(edit(same, theirs, 'theirs', ending), isFinished[2]),
    };
  });

/** Texts of few different lines, which can be aligned in many ways. */
const repetitive = fc
  .array(fc.constantFrom('a\n', 'b\n', 'c\n', '\n', '}\n'), { maxLength: 14 })
  .map((lines) => lines.join(''));

const directory = temporaryDirectory();

function mergeWithGit(base: string, ours: string, theirs: string) {
  const paths = Object.entries({ ours, base, theirs }).map(([name, text]) => {
    writeFileSync(join(directory, name), text);
    return join(directory, name);
  });
  const names = ['-L', 'ours', '-L', 'base', '-L', 'theirs'];
  const { output, status } = runGit(directory, ['merge-file', '-p', ...names, ...paths]);
  return { text: output.toString(), conflictCount: status ?? -1 };
}

describe.skipIf(gitVersion === undefined)(titleWithGit('mergeLines against git merge-file'), () => {
  test('gives the same bytes and the same number of conflicts', { timeout: 120_000 }, () => {
    let conflicted = 0;
    fc.assert(
      fc.property(threeTexts, ({ base, ours, theirs }) => {
        const expected = mergeWithGit(base, ours, theirs);
        const found = merge(base, ours, theirs);
        // Where base cannot tell, git ends markers in LF although all lines around them end in CRLF.
        const plain = base.includes('\n')
          ? (text: string) => text
          : (text: string) => text.replaceAll('\r\n', '\n');
        expect(plain(found.text)).toBe(plain(expected.text));
        expect(found.conflictCount).toBe(expected.conflictCount);
        if (expected.conflictCount > 0) conflicted++;
      }),
      { numRuns: Number(process.env['OXEN_MERGE_RUNS'] ?? 300) },
    );
    expect(conflicted).toBeGreaterThan(50);
  });

  test('agrees on clean merges of texts that can be aligned in many ways', {
    timeout: 120_000,
  }, () => {
    let compared = 0;
    fc.assert(
      fc.property(repetitive, repetitive, repetitive, (base, ours, theirs) => {
        const expected = mergeWithGit(base, ours, theirs);
        const found = merge(base, ours, theirs);
        if (expected.conflictCount > 0 || found.conflictCount > 0) return;
        compared++;
        expect(found.text).toBe(expected.text);
      }),
      { numRuns: Number(process.env['OXEN_MERGE_RUNS'] ?? 300) },
    );
    expect(compared).toBeGreaterThan(0);
  });
});

describe('mergeLines', () => {
  test('gives a side back when the other did not change, whatever the text', () => {
    fc.assert(
      fc.property(repetitive, repetitive, (base, changed) => {
        const clean = { text: changed, conflictCount: 0 };
        expect(merge(base, changed, base)).toEqual(clean);
        expect(merge(base, base, changed)).toEqual(clean);
        expect(merge(base, changed, changed)).toEqual(clean);
      }),
    );
  });

  test('is clean for one order of the sides exactly when it is for the other, with the same text', () => {
    fc.assert(
      fc.property(repetitive, repetitive, repetitive, (base, ours, theirs) => {
        const found = merge(base, ours, theirs);
        const mirrored = merge(base, theirs, ours);
        expect(mirrored.conflictCount > 0).toBe(found.conflictCount > 0);
        if (found.conflictCount === 0) expect(mirrored.text).toBe(found.text);
      }),
      { numRuns: 1000 },
    );
  });

  test('puts only the lines that differ between the markers', () => {
    expect(merge('1\n2\n3\n', '1\nsame\nours\n3\n', '1\nsame\ntheirs\n3\n').text).toBe(
      '1\nsame\n<<<<<<< ours\nours\n=======\ntheirs\n>>>>>>> theirs\n3\n',
    );
  });

  test('ends the markers as the lines around them end', () => {
    expect(merge('a\r\nb', 'a\r\no', 'a\r\nt').text).toBe(
      'a\r\n<<<<<<< ours\r\no\r\n=======\r\nt\r\n>>>>>>> theirs\r\n',
    );
  });
});

describe('mergeText', () => {
  const bytes = (text: string) => Buffer.from(text);

  test('keeps bytes that nobody changed: CRLF, a byte order mark, no final newline', () => {
    const base = '\ufeffa\r\nb\nc\r\nd';
    const merged = mergeText(
      { base: bytes(base), ours: bytes(`new\n${base}`), theirs: bytes(`${base}\ne`) },
      labels,
    );
    expect(merged).toEqual({ kind: 'clean', bytes: bytes(`new\n${base}\ne`) });
  });

  test('shows both versions when both sides added the file', () => {
    const merged = mergeText({ base: undefined, ours: bytes('a\n'), theirs: bytes('b\n') }, labels);
    expect(merged).toEqual({
      kind: 'conflict',
      bytes: bytes('<<<<<<< ours\na\n=======\nb\n>>>>>>> theirs\n'),
      conflictCount: 1,
    });
  });

  test('refuses what is not UTF-8 text, or too large', () => {
    const text = bytes('a');
    const refuse = (side: Uint8Array) =>
      mergeText({ base: text, ours: side, theirs: text }, labels);
    expect(refuse(Uint8Array.of(0xff, 0xfe))).toEqual({ kind: 'refused', reason: 'not text' });
    expect(refuse(bytes('a\0b'))).toEqual({ kind: 'refused', reason: 'not text' });
    expect(refuse(new Uint8Array(maxMergeBytes + 1))).toEqual({
      kind: 'refused',
      reason: 'too large',
    });
  });
});
