/**
 * Writes stored files into the working tree. Every byte is checked before it gets there: records by the pack reader, files of
 * several chunks by their own hash as well, before they get their name. Directories above a file are made where they are missing
 * and never followed through links.
 */
import type { Stats } from 'node:fs';
import { maxRunRows } from '../format/column-run.js';
import { FileIndexRunBuilder, fileIndexFlags } from '../format/file-index-run.js';
import { StreamingHash } from '../format/hashing.js';
import { type RecordKind, recordKinds } from '../format/pack-record.js';
import { type Clock, millisecondsOf, systemClock } from '../model/clock.js';
import { IntegrityError, OxenError, systemErrorCode } from '../model/errors.js';
import { equalHashBytes, hashBytesLength } from '../model/hash.js';
import type { MaterialiseInput, MaterialiseOutput, PathProblem } from '../model/jobs.js';
import { splitNames } from '../model/name-list.js';
import { compareBytewise, nameProblem, parentPath, parseRepoPath } from '../model/path.js';
import { PackReader } from '../store/pack-reader.js';
import { DirectoryGuard, describeDirectoryState } from './directory-guard.js';
import { systemProblem } from './file-reader.js';
import { type PutBytes, putFile } from './file-writer.js';
import { NewDirectory } from './new-directory.js';
import { isRacy } from './racy.js';
import { absolutePath } from './scan.js';

/** What writing files depends on beside the disk. */
export interface MaterialiseOptions {
  readonly clock?: Clock; // the clock that stamps files, by default the system's
}

/** The job `materialise` for one directory. */
export function materialiseFiles(
  input: MaterialiseInput,
  options: MaterialiseOptions = {},
): MaterialiseOutput {
  const [output] = materialiseBatch([input], options);
  return output ?? { runs: [], writtenBytes: 0, problems: [] };
}

/** The job `materialise` for several directories of one working tree, which share open packs. */
export function materialiseBatch(
  inputs: readonly MaterialiseInput[],
  { clock = systemClock }: MaterialiseOptions = {},
): MaterialiseOutput[] {
  const [first] = inputs;
  if (first === undefined) return [];
  const reader = new PackReader(first.packDirectory, { inArena: true });
  const guard = new DirectoryGuard(first.root);
  try {
    const results = inputs.map((input) => new DirectoryWriter(input, reader).run(guard));
    const endMs = millisecondsOf(clock);
    return results.map((result) => toOutput(result, endMs));
  } finally {
    reader.close();
  }
}

/** What was written into one directory. */
interface WrittenFiles {
  readonly files: { readonly name: string; readonly stats: Stats; readonly hash: Uint8Array }[];
  readonly problems: PathProblem[];
}

/** Rows are judged by the end of the batch: a file that was old by then can not have been changed in its tick unseen. */
function toOutput({ files, problems }: WrittenFiles, endMs: number): MaterialiseOutput {
  files.sort((a, b) => compareBytewise(a.name, b.name));
  const runCount = Math.ceil(files.length / maxRunRows);
  const bounds = Array.from({ length: runCount + 1 }, (_, run) =>
    Math.floor((files.length * run) / runCount),
  );
  const runs = bounds.slice(1).map((end, run) => toRun(files.slice(bounds[run], end), endMs));
  const writtenBytes = files.reduce((sum, { stats }) => sum + stats.size, 0);
  return { runs, writtenBytes, problems };
}

function toRun(files: WrittenFiles['files'], endMs: number): Uint8Array {
  const run = new FileIndexRunBuilder(files.length);
  for (const { name, stats, hash } of files) {
    const flags = isRacy(stats.mtimeMs, stats.ctimeMs, endMs) ? fileIndexFlags.racy : 0;
    run.append(name, stats, hash, flags);
  }
  return run.finish();
}

/** Where files are written: a directory that is there, or one that is made with them. */
type Directory = Pick<NewDirectory, 'put'>;

/** Writes the files of one directory. */
class DirectoryWriter {
  readonly #input: MaterialiseInput;
  readonly #reader: PackReader;
  readonly #result: WrittenFiles = { files: [], problems: [] };

  constructor(input: MaterialiseInput, reader: PackReader) {
    this.#input = input;
    this.#reader = reader;
  }

  run(guard: DirectoryGuard): WrittenFiles {
    const { names: joined, hashes, pieceCounts } = this.#input;
    const names = splitNames(joined);
    const opened = this.#open(guard);
    let piece = 0;
    names.forEach((name, index) => {
      const count = pieceCounts[index] ?? 0;
      const hash = hashes.subarray(index * hashBytesLength, (index + 1) * hashBytesLength);
      const problem = 'code' in opened ? opened : this.#writeFile(opened, name, hash, piece, count);
      if (problem !== undefined) this.#result.problems.push({ name, ...problem });
      piece += count;
    });
    if (opened instanceof NewDirectory) this.#finish(opened, guard);
    return this.#result;
  }

  /** Makes the directory; names come from nodes that another side may have written and are not believed. */
  #open(guard: DirectoryGuard): Directory | Problem {
    const { directory, isWhole, root, replace } = this.#input;
    const path = absolutePath(root, directory);
    try {
      const repoPath = parseRepoPath(directory);
      const isNew = isWhole && guard.stateOf(repoPath).kind === 'missing';
      const trouble = describeDirectoryState(guard.ensure(isNew ? parentPath(repoPath) : repoPath));
      if (trouble !== undefined) return trouble;
      if (isNew) return new NewDirectory(path);
      return { put: (name, fill) => putFile(`${path}/${name}`, replace, fill) };
    } catch (error) {
      if (systemErrorCode(error) !== undefined) return systemProblem(error);
      return { code: 'name', message: error instanceof Error ? error.message : String(error) };
    }
  }

  #finish(made: NewDirectory, guard: DirectoryGuard): void {
    const { files, problems } = this.#result;
    const written = files.splice(0);
    try {
      if (made.finish()) {
        files.push(...written);
        guard.noteDirectory(this.#input.directory);
        return;
      }
    } catch (error) {
      const problem = problemOf(error);
      for (const { name } of written) problems.push({ name, ...problem });
      made.discard(written.map(({ name }) => name));
      return;
    }
    // A job for a directory below was faster, or somebody else.
    for (const file of written) {
      try {
        files.push({ ...file, stats: made.move(file.name, this.#input.replace) });
      } catch (error) {
        problems.push({ name: file.name, ...problemOf(error) });
      }
    }
    made.discard(problems.map(({ name }) => name));
  }

  #writeFile(
    directory: Directory,
    name: string,
    hash: Uint8Array,
    piece: number,
    count: number,
  ): Problem | undefined {
    const badName = nameProblem(name);
    if (badName !== undefined) return { code: 'name', message: `its name ${badName}` };
    if (count === 0) return { code: 'integrity', message: 'its content is not stored' };
    try {
      const isSingle = count === 1 && this.#input.pieces.kinds[piece] === recordKinds.content;
      const stats = isSingle
        ? this.#writeSingle(directory, name, hash, piece)
        : this.#writePieces(directory, name, hash, piece, count);
      this.#result.files.push({ name, stats, hash });
      return undefined;
    } catch (error) {
      return problemOf(error);
    }
  }

  /** A content in one record is checked when it was read. */
  #writeSingle(directory: Directory, name: string, hash: Uint8Array, piece: number): Stats {
    const content = this.#read(piece, hash, 0);
    return directory.put(name, (put) => put(content));
  }

  #writePieces(
    directory: Directory,
    name: string,
    hash: Uint8Array,
    piece: number,
    count: number,
  ): Stats {
    return directory.put(name, (put) => this.#putPieces(put, hash, piece, count));
  }

  #putPieces(put: PutBytes, hash: Uint8Array, piece: number, count: number): void {
    const { hashes } = this.#input.pieces;
    const whole = new StreamingHash();
    for (let index = piece; index < piece + count; index++) {
      const content = this.#read(index, hashes, index * hashBytesLength);
      whole.update(content);
      put(content);
    }
    const digest = new Uint8Array(hashBytesLength);
    whole.digestInto(digest, 0);
    if (!equalHashBytes(digest, 0, hash, 0)) {
      throw new IntegrityError('its chunks do not make up the content it should have');
    }
  }

  #read(piece: number, hash: Uint8Array, hashOffset: number): Uint8Array {
    const { packIds, offsets, storedLengths, kinds } = this.#input.pieces;
    const place = {
      packId: packIds[piece] ?? 0,
      offset: offsets[piece] ?? 0,
      storedLength: storedLengths[piece] ?? 0,
    };
    const kind = (kinds[piece] ?? 0) as RecordKind;
    return this.#reader.read(place, { kind, hash, hashOffset }).content;
  }
}

type Problem = Omit<PathProblem, 'name'>;

function problemOf(error: unknown): Problem {
  if (error instanceof IntegrityError) return { code: 'integrity', message: error.message };
  if (error instanceof OxenError) {
    return { code: systemErrorCode(error.cause) ?? 'EIO', message: error.message };
  }
  const problem = systemProblem(error);
  if (problem.code === 'EISDIR') return { code: 'type', message: 'a directory is in its place' };
  return problem;
}
