/** Makes the staged row of a file that was read. */
import { type StagedRunBuilder, stagedKinds, stagedStatuses } from '../format/staged-run.js';
import type { ContentDescription } from './content-description.js';
import type { FileReader } from './file-reader.js';

/** A file that was read. */
export interface FileToStage {
  readonly reader: FileReader; // with the file's stat values
  readonly hash: Uint8Array; // of the content, 16 bytes
  readonly isKnown: boolean; // whether it is tracked, so that it is modified and not added
  readonly description: ContentDescription;
}

/** Appends the row of the file `name` to `staged`. */
export function stageFile(staged: StagedRunBuilder, name: string, file: FileToStage): void {
  const { reader, description } = file;
  staged.append(name, {
    status: file.isKnown ? stagedStatuses.modified : stagedStatuses.added,
    kind: stagedKinds.file,
    hash: file.hash,
    sizeBytes: reader.size,
    mtimeSeconds: reader.mtimeSeconds,
    mtimeNanoseconds: reader.mtimeNanoseconds,
    dataType: description.dataType,
    mimeType: description.mimeType,
    metadataHash: description.metadataHash,
    metadata: description.metadata,
  });
}
