/**
 * The inputs and outputs of jobs: what may run on a thread takes and gives these. Plain values that survive structured
 * cloning; large ones are typed arrays whose buffers are transferred. Lists of names are one string joined by NUL;
 * columns of hashes hold 16 little-endian bytes an entry. Which jobs there are is `core/jobs`.
 */

import type { NodeBlobs } from './node.js';

/** A pack lent to a job for appending. */
export interface PackSlot {
  readonly packId: number;
  readonly path: string; // absolute
  readonly offset: number; // where the next record starts, in bytes
  readonly limit: number; // a record is only started below this offset
  readonly compressFrom?: number; // bytes from which on contents and chunks are compressed where it pays; never when absent
}

/** New records that a job appended, as columns of equal length. */
export interface PlaceColumns {
  readonly count: number;
  readonly kinds: Uint8Array; // record kinds of format/pack-record
  readonly codecs: Uint8Array;
  readonly hashes: Uint8Array; // 16 bytes an entry
  readonly offsets: Uint32Array; // of the record headers in the pack of the slot
  readonly storedLengths: Uint32Array; // of the record bodies
  readonly rawLengths: Float64Array; // of the decoded content; for a manifest, of the file it describes
}

/** A path that could not be handled, with the reason as a sentence part. */
export interface PathProblem {
  readonly name: string; // entry of the job's directory
  readonly code: string; // system error code, or one of `changed`, `vanished`, `type`, `integrity`, `name`
  readonly message: string;
}

/** Lists directories of the working tree. */
export interface ScanInput {
  readonly root: string; // absolute path of the working tree
  readonly directories: readonly string[]; // repository paths
}

/** The listing of one directory. */
export interface DirectoryListing {
  readonly directory: string;
  readonly names: string; // joined by NUL, sorted bytewise, without `.oxen`
  readonly kinds: string; // one letter an entry: f file, d directory, l symbolic link, o other
  readonly hasIgnoreFile: boolean; // an entry `.oxenignore` that is a file
  readonly badNames: readonly PathProblem[]; // entries whose names cannot be stored; `name` is the shown form, `code` is `name`
  readonly error?: PathProblem; // the directory could not be read; its `name` is empty
}

/** Reads, hashes, classifies and stores files of one directory. */
export interface IngestInput {
  readonly root: string;
  readonly directory: string;
  readonly names: string; // joined by NUL, sorted bytewise
  readonly known: readonly Uint8Array[]; // file index runs that may cover the names
  readonly slot: PackSlot;
  readonly databasePath?: string; // set when stored contents may be met: they are looked up there
}

/** What became of the files of one directory. */
export interface IngestedDirectory {
  readonly doneCount: number; // names handled; the rest must be sent again with a new slot
  readonly staged: Uint8Array; // staged run of the files whose content differs from what was known; empty run when none
  readonly index: Uint8Array; // file index run of all files that were read
  readonly large: string; // names above the chunking threshold, left for `ingestLarge`, joined by NUL
  readonly unchangedCount: number; // proven unchanged by the file index, not in `index`
  readonly readBytes: number;
  readonly problems: readonly PathProblem[];
}

/** The outcome of an ingest of one directory. */
export interface IngestOutput extends IngestedDirectory {
  readonly places: PlaceColumns;
  readonly slotEnd: number; // new end of the slot's pack
}

/** Several ingest inputs that share one slot: small directories are sent together, a job for each would cost more than it does. */
export interface IngestBatch {
  readonly items: readonly Omit<IngestInput, 'slot'>[];
  readonly slot: PackSlot;
}

/** The outputs of a batch in order; they end where the slot was full, the last one may be partial. */
export interface IngestBatchOutput {
  readonly outputs: readonly IngestedDirectory[];
  readonly places: PlaceColumns; // of all of them: a content that several directories hold is stored once
  readonly slotEnd: number;
}

/** Where an interrupted `ingestLarge` stands: at a chunk boundary. */
export interface LargeFileState {
  readonly offset: number; // bytes of the file that are done
  readonly hashState: Uint8Array; // of format/hashing
  readonly collectorState: Uint8Array; // of the metadata collector; empty when the type needs none
  readonly chunkHashes: Uint8Array; // so far
  readonly chunkLengths: Uint32Array; // so far
  readonly identity: Float64Array; // size, mtimeMs, ctimeMs, inode when it was opened first, and when that was, in ms
}

/** Cuts, hashes and stores one large file, up to the limit of the slot. */
export interface IngestLargeInput {
  readonly root: string;
  readonly directory: string;
  readonly name: string;
  readonly known: readonly Uint8Array[];
  readonly slot: PackSlot;
  readonly databasePath?: string;
  readonly state?: LargeFileState; // present when continuing
}

/** The outcome of an `ingestLarge` job: `state` when the slot is full, else the finished file. */
export interface IngestLargeOutput {
  readonly places: PlaceColumns;
  readonly slotEnd: number;
  readonly readBytes: number;
  readonly state?: LargeFileState;
  readonly finished?: {
    readonly staged: Uint8Array; // staged run of one row, or an empty run when unchanged
    readonly index: Uint8Array; // file index run of one row
  };
  readonly problem?: PathProblem;
}

/** Compares directories of the working tree with the file index. */
export interface CompareInput {
  readonly root: string;
  readonly directories: readonly {
    readonly path: string;
    readonly runs: readonly Uint8Array[]; // file index runs of the directory, in order
    readonly subdirectories?: string; // its tracked directories, ascending, joined by NUL; without them it is always listed
    readonly seen?: SeenDirectory; // when it held nothing but what was tracked
  }[];
}

/** A directory as it was when it held nothing but what was tracked. */
export interface SeenDirectory {
  readonly stat: Float64Array; // mtime, ctime in ms since 1970, inode
  readonly namesHash: Uint8Array; // 16 bytes, of the names that were tracked in it
}

/** What differs in one directory; files that agree are only counted. */
export interface DirectoryComparison {
  readonly listing: DirectoryListing; // names and kinds of the entries that are not tracked files: directories, new files, links, others; with `error` nothing is known and the rest is empty
  readonly cleanCount: number;
  readonly changed: string; // tracked files with another size, joined by NUL
  readonly suspect: string; // tracked files whose stat values prove nothing: same size, other times, racy, or not to be had
  readonly missing: string; // tracked files that are not there, or have a directory, link or other thing in their place, which is in `listing` then
  readonly isGone?: true; // no directory is there
  readonly seen?: SeenDirectory; // new: it holds nothing but what is tracked
}

/** Hashes files of one directory without storing them. */
export interface HashFilesInput {
  readonly root: string;
  readonly directory: string;
  readonly names: string;
}

/** Hashes and fresh stat values, as a file index run of the files that could be read. */
export interface HashFilesOutput {
  readonly index: Uint8Array;
  readonly problems: readonly PathProblem[];
}

/** Where the bytes of a content lie: one record, or the chunks of a manifest in order. */
export interface ContentPieces {
  readonly kinds: Uint8Array; // record kinds: content or chunk
  readonly hashes: Uint8Array; // 16 bytes a piece: of the record, which is read only if it is that one
  readonly packIds: Uint32Array;
  readonly offsets: Uint32Array;
  readonly storedLengths: Uint32Array;
  readonly rawLengths: Float64Array;
  readonly codecs: Uint8Array;
}

/** Writes files of one directory into the working tree. */
export interface MaterialiseInput {
  readonly root: string;
  readonly directory: string;
  readonly names: string; // joined by NUL
  readonly hashes: Uint8Array; // 16 bytes a file
  readonly pieceCounts: Uint32Array; // pieces of each file, in the order of `pieces`
  readonly pieces: ContentPieces;
  readonly packDirectory: string; // absolute
  readonly replace: boolean; // false: the files are known not to exist and are created exclusively
  readonly isWhole: boolean; // no other job writes files into this directory
}

/** The rows of the files written. */
export interface MaterialiseOutput {
  readonly runs: readonly Uint8Array[]; // file index runs, ascending, of lengths in which they are stored
  readonly writtenBytes: number;
  readonly problems: readonly PathProblem[];
}

/** Re-reads records of one pack and checks header, checksum and content hash. */
export interface VerifyPackInput {
  readonly packDirectory: string; // absolute
  readonly packId: number;
  readonly hashes: Uint8Array; // expected, 16 bytes a record
  readonly kinds: Uint8Array;
  readonly offsets: Uint32Array; // ascending
  readonly storedLengths: Uint32Array;
}

/** The records that are not what they should be. */
export interface VerifyPackOutput {
  readonly checkedBytes: number;
  readonly problems: readonly { readonly record: number; readonly message: string }[];
}

/** Copies records of one pack to the end of another. */
export interface CopyRecordsInput extends VerifyPackInput {
  readonly slot: PackSlot;
}

/** The new places of the first `doneCount` records; the rest must be sent again with a new slot. */
export interface CopyRecordsOutput {
  readonly places: PlaceColumns;
  readonly slotEnd: number;
  readonly doneCount: number;
}

/** A subdirectory that a commit made anew, or that it removes. */
export interface SubdirectoryChange {
  readonly name: string;
  readonly isRemoved: boolean;
  readonly hash: Uint8Array; // 16 bytes, by our rule
  readonly totals: Float64Array; // files by data type, then bytes by data type, in the order of `dataTypes`
  readonly payload: Uint8Array; // of its Dir node; empty while only ids are wanted
}

/** A stored directory with those of its vnodes that are needed. */
export interface ExistingDirectory {
  readonly dir: NodeBlobs;
  readonly vnodes: readonly { readonly bucket: number; readonly blobs: NodeBlobs }[];
}

/** One directory whose node is to be made: what it held, and what changes. */
export interface DirectoryChange {
  readonly path: string;
  readonly existing?: ExistingDirectory;
  readonly isPartial: boolean; // true: our rule, same number of vnodes; only the given ones change
  readonly staged: readonly Uint8Array[]; // staged runs of the directory, in order
  readonly subdirectories: readonly SubdirectoryChange[]; // ascending by name bytewise
}

const smallDirectoryBytes = 8192;

/** Returns the bytes of the rows and stored nodes that building a directory reads, a measure of its work. */
export function directoryChangeBytes({ staged, existing }: DirectoryChange): number {
  let size = 0;
  for (const run of staged) size += run.length;
  for (const { blobs } of existing?.vnodes ?? []) size += blobs.children.length;
  return size;
}

/** Says whether a directory is less work to build than to send to a thread: up to about 40 entries. */
export function isSmallDirectory(change: DirectoryChange): boolean {
  return directoryChangeBytes(change) < smallDirectoryBytes;
}

/** Ids and counters of a directory that was built. */
export interface BuiltDirectory {
  readonly hash: Uint8Array; // 16 bytes
  readonly vnodeHashes: Uint8Array; // 16 bytes a vnode, in bucket order
  readonly vnodeEntryCounts: Uint32Array;
  readonly madeBuckets: Uint32Array; // buckets that were made anew, ascending
  readonly entryCount: number;
  readonly totals: Float64Array; // as in `SubdirectoryChange`
}

/** Computes ids of directories. */
export interface BuildDirsInput {
  readonly directories: readonly DirectoryChange[];
}

/** A directory whose nodes are to be written. */
export interface DirectoryToEncode {
  readonly change: DirectoryChange; // with the payloads of its subdirectories
  readonly built: BuiltDirectory;
  readonly dirPayload: Uint8Array;
  readonly parentId: Uint8Array; // 16 bytes: the vnode or commit that holds it
}

/** Writes the nodes of directories, with the id of the commit that makes them. */
export interface EncodeDirsInput {
  readonly directories: readonly DirectoryToEncode[];
  readonly commitId: Uint8Array; // 16 bytes
  readonly slot: PackSlot; // for large nodes
}

/** Nodes as columns: the blobs of entry i follow those of i - 1 in `bytes`, node blob first. */
export interface NodeColumns {
  readonly count: number;
  readonly ids: Uint8Array; // 16 bytes a node
  readonly nodeLengths: Uint32Array;
  readonly childrenLengths: Uint32Array;
  readonly bytes: Uint8Array;
}

/** The nodes of an `encodeDirs` job: small ones as bytes, large ones as places of records in the slot. */
export interface EncodeDirsOutput {
  readonly nodes: NodeColumns;
  readonly places: PlaceColumns;
  readonly slotEnd: number;
}
