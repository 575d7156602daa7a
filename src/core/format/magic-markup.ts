/** The magic rules of text that is markup: html (rule 96) and xml (rule 97) of merkle-format.md, section 2.4. */
import { latin1Bytes } from './byte-fields.js';

const noRule = 255;
const space = 0x20;
const tagEnd = 0x3e;
const tagStart = 0x3c;

const htmlStarts: readonly Uint8Array[] =
  '<!doctype html;<html;<head;<script;<iframe;<h1;<div;<font;<table;<a;<style;<title;<b;<body;<br;<p;<!--'
    .split(';')
    .map(latin1Bytes);
const xmlStart = latin1Bytes('<?xml');

/** Returns 96 for html, 97 for xml, 255 for anything else. White space before the first tag does not count. */
export function markupRule(head: Uint8Array): number {
  let at = 0;
  while (isWhiteSpace(head[at])) at++;
  if (head[at] === tagStart) {
    if (isHtmlAt(head, at)) return 96;
    return startsAt(head, at, xmlStart) ? 97 : noRule;
  }
  const afterMarks = skipByteOrderMarks(head, at);
  return afterMarks > at && startsAt(head, afterMarks, xmlStart) ? 97 : noRule;
}

function isHtmlAt(head: Uint8Array, at: number): boolean {
  for (const start of htmlStarts) {
    const next = head[at + start.length];
    if ((next === space || next === tagEnd) && startsAt(head, at, start)) return true;
  }
  return false;
}

/** A mark is only looked for while three bytes are left. */
function skipByteOrderMarks(head: Uint8Array, start: number): number {
  let at = start;
  while (head.length - at >= 3) {
    const first = head[at];
    const second = head[at + 1];
    if (first === 0xef && second === 0xbb && head[at + 2] === 0xbf) at += 3;
    else if ((first === 0xfe && second === 0xff) || (first === 0xff && second === 0xfe)) at += 2;
    else break;
  }
  return at;
}

/** Compares with `lower`, which is written in lower case, ignoring the case of ASCII letters. */
function startsAt(head: Uint8Array, at: number, lower: Uint8Array): boolean {
  for (let index = 0; index < lower.length; index++) {
    const byte = head[at + index] ?? 0;
    const folded = byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte;
    if (folded !== lower[index]) return false;
  }
  return true;
}

function isWhiteSpace(byte: number | undefined): boolean {
  return byte === space || byte === 0x09 || byte === 0x0a || byte === 0x0c || byte === 0x0d;
}
