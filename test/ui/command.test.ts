import type { Command } from '@oclif/core';
import { describe, expect, test } from 'vitest';
import { exitCodes, NotFoundError } from '../../src/core/model/errors.js';
import { runVerb, VerbCommand } from '../../src/ui/command.js';
import { Args, Flags } from '../../src/ui/declarations.js';
import type { Session } from '../../src/ui/session.js';
import { type RecordedOutput, recordedOutput } from '../helpers/recorded-output.js';

class Greet extends VerbCommand {
  static override id = 'greet';
  static override enableJsonFlag = true;
  static override args = { name: Args.string({ required: true }) };
  static override flags = { times: Flags.integer({ default: 1 }), fail: Flags.boolean() };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Greet);
    if (flags.fail) throw new NotFoundError('Nobody is here.', { hint: 'Come back later.' });
    this.note('greeting');
    this.print('about to greet');
    const greeting = `hello ${args.name}`.repeat(flags.times);
    this.report({ greeting }, () => `${greeting}\n`);
    if (args.name === 'nobody') this.exitCode = exitCodes.integrity;
  }
}

class Quiet extends VerbCommand {
  static override id = 'quiet';

  async run(): Promise<void> {
    await this.parse(Quiet);
    throw new TypeError('a mistake');
  }
}

interface Run {
  readonly exitCode: number;
  readonly out: string;
  readonly err: string;
}

async function run(
  verb: Parameters<typeof runVerb>[0],
  words: readonly string[],
  options: Partial<Session> = {},
): Promise<Run> {
  const out: RecordedOutput = recordedOutput(false);
  const err: RecordedOutput = recordedOutput(false);
  const exitCode = await runVerb(verb, words, {
    out,
    err,
    environment: {},
    configDir: '/config',
    isJson: words.includes('--json'),
    isQuiet: words.includes('-q'),
    progress: 'auto',
    isDebug: false,
    isPaged: false,
    ...options,
  });
  return { exitCode, out: out.written.join(''), err: err.written.join('') };
}

describe('a verb', () => {
  test('reports as text, and remarks on the other stream', async () => {
    expect(await run(Greet, ['ox'])).toEqual({
      exitCode: 0,
      out: 'about to greet\nhello ox\n',
      err: 'greeting\n',
    });
  });

  test('reports one document with --json', async () => {
    const { out } = await run(Greet, ['ox', '--json', '--times', '2']);
    expect(out).toBe('{"schema":1,"greeting":"hello oxhello ox"}\n');
  });

  test('makes no remarks when it is to be quiet', async () => {
    expect((await run(Greet, ['ox', '-q'])).err).toBe('');
  });

  test('may end well and still say by its exit code that something is wrong', async () => {
    expect((await run(Greet, ['nobody'])).exitCode).toBe(7);
  });

  test('fails with the exit code of the error, its message and its hint', async () => {
    expect(await run(Greet, ['ox', '--fail'])).toEqual({
      exitCode: 3,
      out: '',
      err: 'Error: Nobody is here.\n  hint: Come back later.\n',
    });
  });

  test('fails with a document with --json', async () => {
    const { exitCode, out, err } = await run(Greet, ['--fail', 'ox', '--json']);
    expect(JSON.parse(out)).toEqual({
      schema: 1,
      error: {
        kind: 'not-found',
        message: 'Nobody is here.',
        hint: 'Come back later.',
        exitCode: 3,
      },
    });
    expect(err).toBe('');
    expect(exitCode).toBe(3);
  });

  test('names the arguments that are missing', async () => {
    expect(await run(Greet, [])).toMatchObject({
      exitCode: 2,
      err: expect.stringContaining('`oxen greet`: the argument is missing: <NAME>.'),
    });
  });

  test('has --json only when it reports', async () => {
    const { exitCode, out } = await run(Quiet, ['--json']);
    expect(exitCode).toBe(2);
    expect(JSON.parse(out).error.message).toBe('`oxen quiet` has no flag --json.');
  });

  test('says how to learn more about a mistake of ours', async () => {
    const { exitCode, err } = await run(Quiet, []);
    expect(exitCode).toBe(1);
    expect(err).toMatch(/^Error: a mistake\n {2}hint: Set OXEN_DEBUG=1/);
    expect((await run(Quiet, [], { isDebug: true })).err).toContain('command.test.ts');
  });

  test('is all that oclif looks for in a command', () => {
    // The assignment is the test: it does not compile when a static field has another type than in oclif.
    const loadable: Pick<
      typeof Command,
      | 'id'
      | 'summary'
      | 'description'
      | 'examples'
      | 'args'
      | 'flags'
      | 'baseFlags'
      | 'aliases'
      | 'hidden'
      | 'enableJsonFlag'
    > = Greet;
    expect(loadable.id).toBe('greet');
  });
});
