/**
 * Decides from a file's first bytes and its name what it is: mime type, data type and extension, as Oxen 0.65 does
 * (merkle-format.md, section 2.2). It runs once for every file that is added, so it makes no objects but those asked for.
 */
import { isUtf8 } from 'node:buffer';
import { type DataType, dataTypes } from '../model/node.js';
import { lowestRule, mimeNumberOfRule, noRule } from './magic-rules.js';
import {
  dataTypeNumberOfMime,
  dataTypeNumbers,
  isMediaMimeNumber,
  type MimeType,
  mimeTypes,
} from './mime-types.js';

/** How many bytes of a file `classify` looks at, at most. */
export const headBytes = 8192;

const textTestBytes = 4096; // how much must be UTF-8 to count as text
const quickTestBytes = 32;
const octetStream = 0;
const plainText = 1;
const markdown = 2;
const openBracket = 0x5b;

/** What a file is. */
export interface FileClass {
  readonly mimeType: MimeType;
  readonly dataType: DataType;
  readonly extension: string; // as in the name, without the dot; empty when there is none
}

/**
 * Returns what the file called `name` is.
 * @param head its first `headBytes` bytes, or all of them when it is shorter
 */
export function classify(head: Uint8Array, name: string): FileClass {
  const mime = mimeNumberOf(head, name);
  return {
    mimeType: mimeTypes[mime] ?? 'application/octet-stream',
    dataType: dataTypes[dataTypeNumberOf(mime, head, name)] ?? 'binary',
    extension: extensionOf(name),
  };
}

/** Returns the number of the mime type in `mimeTypes`. */
export function mimeNumberOf(head: Uint8Array, name: string): number {
  const rule = lowestRule(head);
  if (rule !== noRule) return mimeNumberOfRule(rule);
  if (isMarkdownName(name)) return markdown;
  return isTextStart(head) ? plainText : octetStream;
}

/**
 * Returns the number of the data type in `dataTypes` for a file of mime type `mime`. A table that turns out to be unreadable
 * becomes `binary` later, in `metadata/read-metadata`.
 */
export function dataTypeNumberOf(mime: number, head: Uint8Array, name: string): number {
  if (!isMediaMimeNumber(mime) && isTableName(name, head[0] ?? 0)) return dataTypeNumbers.tabular;
  return dataTypeNumberOfMime(mime);
}

/** Returns what follows the last dot of a file name; empty without one, or when it comes first or last. */
export function extensionOf(name: string): string {
  const dot = name.lastIndexOf('.');
  return dot <= 0 ? '' : name.slice(dot + 1);
}

/** Looks at the last letter first, as nearly all names fail there. */
function isTableName(name: string, firstByte: number): boolean {
  switch (name.charCodeAt(name.length - 1) | 0x20) {
    case 0x76: // v
      return endsAs(name, 'csv') || endsAs(name, 'tsv');
    case 0x6c: // l
      return endsAs(name, 'jsonl');
    case 0x6e: // n
      return endsAs(name, 'ndjson') || (firstByte === openBracket && extensionOf(name) === 'json');
    case 0x74: // t
      return endsAs(name, 'parquet');
    case 0x77: // w
      return endsAs(name, 'arrow');
    default:
      return false;
  }
}

function isMarkdownName(name: string): boolean {
  return (name.charCodeAt(name.length - 1) | 0x20) === 0x64 && endsAs(name, 'md');
}

/** Says whether the extension is `lower`, ignoring case. */
function endsAs(name: string, lower: string): boolean {
  const dot = name.length - lower.length - 1;
  return dot > 0 && name.charCodeAt(dot) === 0x2e && name.slice(dot + 1).toLowerCase() === lower;
}

/** Says whether the first 4096 bytes are UTF-8; a character that is cut off at the end does not count against them. */
function isTextStart(head: Uint8Array): boolean {
  const length = Math.min(head.length, textTestBytes);
  if (!startsAsUtf8(head, Math.min(length, quickTestBytes))) return false;
  const end = length - cutOffLength(head, length);
  return isUtf8(end === head.length ? head : head.subarray(0, end));
}

/** A quick test that turns away nearly all binary data: no byte that never occurs, no misplaced continuation byte. */
function startsAsUtf8(head: Uint8Array, end: number): boolean {
  let missing = 0;
  for (let at = 0; at < end; at++) {
    const length = lengthByLead[head[at] ?? 0] ?? 0;
    if ((missing === 0) !== length > 0 || length > 4) return false;
    missing = missing === 0 ? length - 1 : missing - 1;
  }
  return true;
}

/** Bytes of a character by its first byte; 0 for continuation bytes, 5 for bytes that never occur. */
const lengthByLead = new Uint8Array(256)
  .fill(1, 0, 0x80)
  .fill(0, 0x80, 0xc0)
  .fill(5, 0xc0)
  .fill(2, 0xc2, 0xe0)
  .fill(3, 0xe0, 0xf0)
  .fill(4, 0xf0, 0xf5);

/** Returns how many bytes at the end are the start of a character that goes on beyond `length`; 0 when none are. */
function cutOffLength(head: Uint8Array, length: number): number {
  let back = 1;
  while (back < 3 && back < length && lengthByLead[head[length - back] ?? 0] === 0) back++;
  const lead = head[length - back] ?? 0;
  const needed = lengthByLead[lead] ?? 0;
  if (needed <= back || needed > 4) return 0;
  return back === 1 || isSecondByte(lead, head[length - back + 1] ?? 0) ? back : 0;
}

/** Says whether `second` may follow `lead`: no overlong forms, no surrogates, nothing above U+10FFFF. */
function isSecondByte(lead: number, second: number): boolean {
  if (lead === 0xe0) return second >= 0xa0;
  if (lead === 0xed) return second < 0xa0;
  if (lead === 0xf0) return second >= 0x90;
  return lead !== 0xf4 || second < 0x90;
}
