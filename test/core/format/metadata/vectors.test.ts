/** All files of the recorded vectors: what the original made of each. */
import { describe, expect, test } from 'vitest';
import { classify, headBytes } from '../../../../src/core/format/file-type.js';
import {
  decodeMetadata,
  metadataJson,
  writeMetadata,
} from '../../../../src/core/format/metadata/metadata-codec.js';
import { readMetadata } from '../../../../src/core/format/metadata/read-metadata.js';
import { MsgpackWriter } from '../../../../src/core/format/msgpack.js';
import { hashToBytes, parseHash } from '../../../../src/core/model/hash.js';
import {
  contentOf,
  loadVectors,
  oracleHash,
  packMetadata,
  type RecordedCase,
  type RecordedFile,
  recordedCases,
} from '../../../helpers/node-vectors.js';

/** Files for which the original says something else than we do, by name. The aim is none. */
const exceptions: readonly string[] = [];

const files: { readonly title: string; readonly file: RecordedFile }[] = recordedCases.flatMap(
  (name) =>
    loadVectors<RecordedCase>(name).commits.flatMap(({ changed_files }, commit) =>
      changed_files.map((file) => ({ title: `${name} ${commit} ${file.path}`, file })),
    ),
);
for (const file of loadVectors<{ files: RecordedFile[] }>('metadata').files) {
  files.push({ title: `metadata ${file.path}`, file });
}

test('the vectors hold the number of files that they are known for', () => {
  expect(files.length).toBe(228);
  expect(exceptions.length).toBe(0);
});

describe('recorded files', () => {
  const expected = files.filter(
    ({ file }) => !exceptions.includes(file.path) && file.data_type !== 'audio',
  );

  test.each(expected)('$title: mime type, data type, extension', ({ file }) => {
    const content = contentOf(file);
    const kind = classify(content.subarray(0, headBytes), file.path);
    expect(kind.mimeType).toBe(file.mime_type);
    if (file.extension !== undefined) expect(kind.extension).toBe(file.extension);
    expect(readMetadata(kind, content).dataType).toBe(file.data_type);
  });

  test.each(expected)('$title: metadata and hashes', ({ file }) => {
    const content = contentOf(file);
    const kind = classify(content.subarray(0, headBytes), file.path);
    const { metadata } = readMetadata(kind, content);
    const json = metadata === undefined ? null : metadataJson(metadata);
    expect(json).toBe(file.metadata_json);
    const hash = oracleHash(content);
    expect(hash).toBe(file.hash);
    if (json === null || metadata === undefined) {
      expect(file.combined_hash).toBe(file.hash);
      return;
    }
    const metadataHash = oracleHash(Buffer.from(json));
    expect(metadataHash).toBe(file.metadata_hash);
    const both = Buffer.concat([hashToBytes(hash), hashToBytes(metadataHash)]);
    expect(oracleHash(both)).toBe(parseHash(file.combined_hash));
  });

  test.each(expected)('$title: node form of the metadata', ({ file }) => {
    const content = contentOf(file);
    const kind = classify(content.subarray(0, headBytes), file.path);
    const { metadata, dataType } = readMetadata(kind, content);
    if (metadata === undefined) return;
    const writer = new MsgpackWriter();
    writeMetadata(writer, metadata);
    const bytes = writer.copy();
    expect(bytes).toEqual(packMetadata(file));
    expect(decodeMetadata(bytes, dataType)).toEqual(metadata);
  });
});
