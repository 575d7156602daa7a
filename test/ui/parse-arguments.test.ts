import * as oclif from '@oclif/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Args, Flags } from '../../src/ui/declarations.js';
import {
  type Declarations,
  parseArguments,
  parseWithOclif,
  readArguments,
} from '../../src/ui/parse-arguments.js';

const declarations = {
  flags: {
    message: Flags.string({ char: 'm' }),
    number: Flags.integer({ char: 'n', default: 2, min: -5, max: 50 }),
    loud: Flags.boolean({ char: 'l', allowNo: true, aliases: ['noisy'] }),
    all: Flags.boolean({ char: 'a' }),
    ours: Flags.boolean({ exclusive: ['theirs'] }),
    theirs: Flags.boolean({ exclusive: ['ours'] }),
    filter: Flags.string({ multiple: true, char: 'f' }),
    kind: Flags.string({ options: ['local', 's3'], aliases: ['type'], charAliases: ['k'] }),
    'dry-run': Flags.boolean({ char: 'd' }),
  },
  args: {
    name: Args.string({ required: true }),
    paths: Args.string({ multiple: true }),
  },
};

/** Words that a command line of these declarations may consist of, right or wrong. */
const word = fc.oneof(
  fc.constantFrom('-m', '--message', '-n', '--number', '-l', '--loud', '--no-loud', '--noisy'),
  fc.constantFrom('-a', '-al', '-la', '-an3', '-n=3', '-n3', '--number=7', '--message=', '-mtext'),
  fc.constantFrom('--ours', '--theirs', '-f', '--filter', '-fx', '--kind', '-k', '--type=s3', 's3'),
  fc.constantFrom('--', '-', '', '-1', '-5', '-1=2', '--no-all', '--all=1', '-x', '--nope', '-l=1'),
  fc.constantFrom('a', 'b c', 'ü', '=', '-d', '--dry-run', '--dry-ru', '--no-noisy', '-é'),
  fc.string({ maxLength: 4 }),
);

async function outcome(result: Promise<unknown>): Promise<unknown> {
  return result.catch(() => 'refused');
}

describe('the small reader', () => {
  test('returns what oclif returns wherever it does not give up', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(word, { maxLength: 7 }), async (words) => {
        const read = await readArguments(words, declarations);
        fc.pre(read !== undefined);
        expect(read).toEqual(await outcome(parseWithOclif(words, declarations)));
      }),
      { numRuns: 2000 },
    );
  });

  test('returns what oclif returns for arguments with defaults and choices', async () => {
    const others: Declarations = {
      flags: { size: Flags.integer({ required: true }) },
      args: {
        first: Args.string({ options: ['a', 'b'], required: true }),
        second: Args.integer({ default: 7 }),
      },
    };
    const words = fc.constantFrom('a', 'b', 'c', '1', '-3', '--size', '--size=4', '9', '--');
    await fc.assert(
      fc.asyncProperty(fc.array(words, { maxLength: 5 }), async (line) => {
        const read = await readArguments(line, others);
        fc.pre(read !== undefined);
        expect(read).toEqual(await outcome(parseWithOclif(line, others)));
      }),
      { numRuns: 1000 },
    );
  });

  test('does not give up on the words of ordinary calls', async () => {
    const ordinary = [
      ['name'],
      ['name', 'a', 'b', '-m', 'text', '--loud'],
      ['-al', '--number=3', 'name'],
      ['name', '-f', 'x', '-f', 'y', '--', '-z'],
      ['--kind', 's3', 'name', '-n', '-1'],
    ];
    for (const words of ordinary) {
      expect(await readArguments(words, declarations), words.join(' ')).toBeDefined();
    }
  });

  test('gives up where flags exclude each other', async () => {
    expect(await readArguments(['name', '--ours'], declarations)).toBeDefined();
    expect(await readArguments(['name', '--ours', '--theirs'], declarations)).toBeUndefined();
    await expect(parseArguments(['name', '--ours', '--theirs'], declarations)).rejects.toThrow(
      '--theirs=true cannot also be provided when using --ours',
    );
  });
});

describe('parsed words', () => {
  test('have a value for every boolean flag', async () => {
    const { flags } = await parseArguments(['name', '-l'], declarations);
    expect(flags.loud).toBe(true);
    expect(flags.all).toBe(false);
  });

  test('tell which words stand after the dashes', async () => {
    const { args, afterDashes } = await parseArguments(['name', 'a', '--', '-b'], declarations);
    expect(args.paths).toEqual(['a', '-b']);
    expect(afterDashes).toEqual(['-b']);
  });

  test('take one value for each time a repeatable flag is written', async () => {
    const { args, flags } = await parseArguments(['-f', 'x', 'name', 'path'], declarations);
    expect(flags.filter).toEqual(['x']);
    expect(args).toEqual({ name: 'name', paths: ['path'] });
  });

  test('never come from the standard input', async () => {
    const optional = { flags: {}, args: { path: Args.string() } };
    expect((await parseWithOclif([], optional)).args).toEqual({});
  });
});

describe('declarations', () => {
  const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

  test('equal those of oclif but for the two defaults', () => {
    const options = { char: 'n', description: 'text', required: true } as const;
    expect(plain(Flags.string(options))).toEqual(plain(oclif.Flags.string(options)));
    expect(plain(Flags.integer({ min: 1 }))).toEqual(plain(oclif.Flags.integer({ min: 1 })));
    expect(plain(Flags.boolean({ allowNo: true }))).toEqual(
      plain(oclif.Flags.boolean({ allowNo: true })),
    );
    expect(plain(Flags.string({ multiple: true }))).toEqual(
      plain(oclif.Flags.string({ multiple: true, multipleNonGreedy: true })),
    );
    expect(plain(Args.string({ multiple: true }))).toEqual(
      plain(oclif.Args.string({ multiple: true, ignoreStdin: true })),
    );
  });

  test('read integers as oclif does', async () => {
    const options = { min: -3, max: 12 };
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.integer({ min: -20, max: 20 }).map(String),
          fc.constantFrom('', 'x', '1.5', '1e3'),
        ),
        async (text) => {
          const ours = Flags.integer(options);
          const theirs = oclif.Flags.integer(options);
          expect(await outcome(ours.parse(text, {} as never, ours as never))).toEqual(
            await outcome(theirs.parse(text, {} as never, theirs as never)),
          );
        },
      ),
    );
  });
});
