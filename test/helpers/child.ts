/** Runs small programs over the sources in processes of their own: for locks, crashes and commits seen from outside. */
import { type ChildProcess, spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { buildSync } from 'esbuild';

let count = 0;

/** A program built from a module text. */
export interface BuiltModule {
  readonly file: string; // absolute path
  readonly remove: () => void;
}

/** Builds the module text, which may import from `./src/...`, into one file that Node runs. */
export function buildModule(source: string): BuiltModule {
  const file = resolve('node_modules', '.cache-oxen-child', `${process.pid}-${count++}.mjs`);
  buildSync({
    stdin: { contents: source, resolveDir: resolve('.'), loader: 'ts' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    packages: 'external',
    outfile: file,
    logLevel: 'error',
  });
  return { file, remove: () => rmSync(file, { force: true }) };
}

/** Starts the module text in a process of its own; its output comes through pipes. */
export function startModule(source: string, args: readonly string[] = []): ChildProcess {
  const { file, remove } = buildModule(source);
  const child = spawn(process.execPath, [file, ...args], { stdio: ['pipe', 'pipe', 'pipe'] });
  child.once('exit', remove);
  return child;
}

/** Runs the module text to its end and returns what it printed; rejects when it fails. */
export async function runModule(source: string, args: readonly string[] = []): Promise<string> {
  const child = startModule(source, args);
  let output = '';
  let problem = '';
  child.stdout?.on('data', (piece: Buffer) => {
    output += piece.toString();
  });
  child.stderr?.on('data', (piece: Buffer) => {
    problem += piece.toString();
  });
  const code = await new Promise((done) => child.once('close', done));
  if (code !== 0) throw new Error(`the child ended with ${code}: ${problem}`);
  return output;
}

/** Resolves when the child has printed a line, with that line. */
export function nextLine(child: ChildProcess): Promise<string> {
  return new Promise((done, fail) => {
    let text = '';
    child.once('exit', () => fail(new Error(`the child ended before it printed a line: ${text}`)));
    child.stdout?.on('data', (piece: Buffer) => {
      text += piece.toString();
      const end = text.indexOf('\n');
      if (end >= 0) done(text.slice(0, end));
    });
  });
}
