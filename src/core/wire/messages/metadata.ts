/** What is known about a file's content, as the API shows it. */
import type { FileMetadata } from '../../model/node.js';
import type { JsonObject } from './envelope.js';

/** Returns the `metadata` member of an entry, null when nothing is known. */
export function metadataToJson(metadata: FileMetadata | undefined): JsonObject | null {
  if (metadata === undefined) return null;
  switch (metadata.kind) {
    case 'text':
      return { text: { num_lines: metadata.lineCount, num_chars: metadata.charCount } };
    case 'image':
      return { image: { width: metadata.width, height: metadata.height, color_space: null } };
    case 'video':
      return {
        video: { num_seconds: metadata.seconds, width: metadata.width, height: metadata.height },
      };
    case 'audio':
      return {
        audio: {
          num_seconds: metadata.seconds,
          num_channels: metadata.channelCount,
          sample_rate: metadata.sampleRate,
        },
      };
    case 'tabular':
      return {
        tabular: { width: metadata.width, height: metadata.height, schema: schemaOf(metadata) },
      };
    default:
      return metadata satisfies never;
  }
}

function schemaOf(metadata: Extract<FileMetadata, { kind: 'tabular' }>): JsonObject {
  const fields = metadata.fields.map(({ name, dtype }) => ({
    name,
    dtype,
    metadata: null,
    changes: null,
  }));
  return { hash: metadata.schemaHash, fields, metadata: null };
}
