/**
 * Finds the delimiter and the quote character of a csv file as the original does, with the rules of the Rust crate `qsv-sniffer`
 * 0.12 on the first 16 KiB: quotes with one character between them vote for both; without such quotes every ASCII character is a
 * candidate and the most regular one wins. Where the original's choice depends on the order of a hash map, the first comes first.
 */
import { type ChainResult, csvStates, judgeCounts } from './csv-chain.js';
import { CsvRecordMachine, csvEvents } from './csv-record-machine.js';

/** How the fields of a csv file are written. */
export interface CsvDialect {
  readonly delimiter: number; // a byte
  readonly quote: number; // a byte
}

/** How many bytes of a file `sniffDialect` can make use of; fewer are enough at the end of a file. */
export const dialectBytes = 65536;

const sampleBytes = 16384;
const asciiCount = 128;
const comma = 0x2c;
const doubleQuote = 0x22;
const quoteCandidates: readonly number[] = [0x27, doubleQuote, 0x60];
const fallback: CsvDialect = { delimiter: comma, quote: doubleQuote };
const isWordCharacter = /[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}]/u;
const isSpace = /\p{White_Space}/u;

interface Line {
  readonly start: number;
  readonly end: number; // without the line end
}

interface QuoteVote {
  readonly quote: number;
  readonly delimiter: number;
  readonly count: number;
}

/**
 * Returns the dialect of a csv file; comma and double quote when none can be made out.
 * @param head its first `dialectBytes` bytes, or all of them when it is shorter
 */
export function sniffDialect(head: Uint8Array): CsvDialect {
  const lines = sampleLines(head);
  const vote = findQuote(head, lines);
  if (vote === 'none found') return fallback;
  const chosen = vote === undefined ? chooseDelimiter(head, lines) : judgeQuoted(head, lines, vote);
  if (chosen === undefined || chosen.chain.state === csvStates.unsteady) return fallback;
  const { delimiter, chain } = chosen;
  if (!hasEvenRecords(head, chain, delimiter, vote?.quote)) return fallback;
  return { delimiter, quote: vote?.quote ?? doubleQuote };
}

/** Returns the lines of the sample; a last line without an end and the line that exceeds the sample are left out. */
function sampleLines(head: Uint8Array): Line[] {
  const lines: Line[] = [];
  const limit = Math.min(head.length, sampleBytes);
  let start = 0;
  while (start < limit) {
    let next = start;
    while (next < limit && head[next] !== 0x0a) next++;
    if (next === limit && (head.length > limit || head[next - 1] !== 0x0d)) break;
    next = Math.min(next + 1, limit);
    lines.push(trimmed(head, start, next));
    start = next;
  }
  return lines;
}

function trimmed(head: Uint8Array, from: number, to: number): Line {
  let start = from;
  let end = to;
  while (start < end && isLineEnd(head[start])) start++;
  while (end > start && isLineEnd(head[end - 1])) end--;
  return { start, end };
}

function isLineEnd(byte: number | undefined): boolean {
  return byte === 0x0a || byte === 0x0d;
}

/** Returns the quote with the most votes, undefined without any, and says when votes name no usable delimiter. */
function findQuote(head: Uint8Array, lines: readonly Line[]): QuoteVote | undefined | 'none found' {
  let best: QuoteVote | undefined;
  let text: string[] | undefined;
  for (const quote of quoteCandidates) {
    if (head.indexOf(quote) < 0) continue;
    text ??= lines.map(({ start, end }) => asText(head, start, end));
    const votes = countVotes(text, String.fromCharCode(quote));
    if (votes.total === 0) continue;
    if (votes.delimiter === undefined) return 'none found';
    if (best === undefined || votes.total > best.count) {
      best = { quote, delimiter: votes.delimiter, count: votes.total };
    }
  }
  return best;
}

function asText(head: Uint8Array, start: number, end: number): string {
  return Buffer.from(head.buffer, head.byteOffset + start, end - start).toString('utf8');
}

function countVotes(
  lines: readonly string[],
  quote: string,
): { total: number; delimiter: number | undefined } {
  const counts = new Map<string, number>();
  let total = 0;
  for (const line of lines) {
    for (const delimiter of delimitersBetween(line, quote)) {
      counts.set(delimiter, (counts.get(delimiter) ?? 0) + 1);
      total++;
    }
  }
  let best: [string, number] | undefined;
  for (const entry of counts) {
    const isAscii = (entry[0].codePointAt(0) ?? 0) < asciiCount;
    if (isAscii && (best === undefined || entry[1] > best[1])) best = entry;
  }
  return { total, delimiter: best?.[0].charCodeAt(0) };
}

/**
 * Yields the character between each pair of quotes that have only it and white space between them: what the pattern
 * quote, `\s*?`, `[^\w\n'"\`]`, `\s*`, quote matches, but in linear time.
 */
function* delimitersBetween(line: string, quote: string): Generator<string> {
  let at = line.indexOf(quote);
  while (at >= 0) {
    const found = matchAt(line, at, quote);
    if (found) yield found.delimiter;
    at = line.indexOf(quote, (found?.end ?? at) + 1);
  }
}

function matchAt(
  line: string,
  opening: number,
  quote: string,
): { delimiter: string; end: number } | undefined {
  const first = skipSpace(line, opening + 1);
  if (first >= line.length) return undefined;
  if (line[first] === quote) {
    if (first === opening + 1) return undefined;
    return { delimiter: characterAt(line, opening + 1), end: first }; // white space delimits
  }
  const delimiter = characterAt(line, first);
  const end = skipSpace(line, first + delimiter.length);
  return line[end] === quote && canDelimit(delimiter) ? { delimiter, end } : undefined;
}

function characterAt(line: string, at: number): string {
  return String.fromCodePoint(line.codePointAt(at) ?? 0);
}

function skipSpace(line: string, from: number): number {
  let at = from;
  while (at < line.length && isSpace.test(line.charAt(at))) at++;
  return at;
}

function canDelimit(character: string): boolean {
  return !isWordCharacter.test(character) && !`'"\`\n`.includes(character);
}

interface Choice {
  readonly delimiter: number;
  readonly chain: ChainResult;
}

/** With quotes the delimiters inside them do not count. A record goes on in the next line, as the sample has no line ends. */
function judgeQuoted(
  head: Uint8Array,
  lines: readonly Line[],
  { delimiter, quote }: QuoteVote,
): Choice | undefined {
  if (lines.length === 0) return undefined;
  const machine = new CsvRecordMachine(delimiter, quote);
  const counts = Uint16Array.from(lines, (line, index) => {
    if (line.start === line.end) return machine.finish() ? 1 : 0;
    const mark = index === 0 && isByteOrderMark(head, line.start) ? 3 : 0;
    return countFields(machine, head, line.start + mark, line.end);
  });
  return { delimiter, chain: judgeCounts(counts) };
}

function countFields(
  machine: CsvRecordMachine,
  head: Uint8Array,
  start: number,
  end: number,
): number {
  let count = 0;
  for (let at = start; at < end; at++) {
    const event = machine.step(head[at] ?? 0);
    if (event === csvEvents.none) continue;
    count++;
    if (event === csvEvents.record) break; // the rest of a line after a bare CR is not looked at
  }
  return count;
}

function isByteOrderMark(head: Uint8Array, at: number): boolean {
  return head[at] === 0xef && head[at + 1] === 0xbb && head[at + 2] === 0xbf;
}

/** Without quotes every ASCII character is a candidate; the better state wins, then the larger probability, then the lower. */
function chooseDelimiter(head: Uint8Array, lines: readonly Line[]): Choice | undefined {
  const lineCount = lines.length;
  if (lineCount === 0) return undefined;
  const counts = new Uint16Array(lineCount * asciiCount); // by character, then line
  for (const [index, { start, end }] of lines.entries()) {
    for (let at = start; at < end; at++) {
      const byte = head[at] ?? asciiCount;
      const place = byte * lineCount + index;
      if (byte < asciiCount) counts[place] = (counts[place] ?? 0) + 1;
    }
  }
  let best: Choice | undefined;
  let bestState: number = csvStates.unsteady;
  let bestProbability = 0;
  for (let delimiter = 0; delimiter < asciiCount; delimiter++) {
    const chain = judgeCounts(counts.subarray(delimiter * lineCount, (delimiter + 1) * lineCount));
    const isEqual = chain.state === bestState && chain.probability > bestProbability;
    if (chain.state > bestState || (chain.state === bestState && !isEqual)) continue;
    best = { delimiter, chain };
    bestState = chain.state;
    bestProbability = chain.probability;
  }
  return best;
}

/**
 * The original goes on to guess types, whose results do not matter here; but it gives up, and takes the fallback, when there is no
 * second record, or when records differ in their number of fields although the sample did not.
 */
function hasEvenRecords(
  head: Uint8Array,
  chain: ChainResult,
  delimiter: number,
  quote: number | undefined,
): boolean {
  const start = preambleEnd(head, chain.preambleLines);
  if (start < 0) return false;
  const reader = new RecordReader(head, start, new CsvRecordMachine(delimiter, quote));
  const expected = reader.nextFieldCount();
  const isStrict = chain.state === csvStates.strict;
  let bytes = 0;
  for (let records = 1; ; records++) {
    const fields = reader.nextFieldCount();
    if (fields === 0) return records > 1 || head.length >= dialectBytes;
    if (isStrict && fields !== expected) return false;
    if (records > 1 && fields > chain.maxCount + 1) return false;
    bytes += reader.contentBytes;
    if (records > 1 && bytes > sampleBytes) return true;
  }
}

/** Reads records and counts their fields and their bytes. */
class RecordReader {
  readonly #head: Uint8Array;
  readonly #machine: CsvRecordMachine;
  #at: number;
  /** Bytes of the last record's fields, nearly. */
  contentBytes = 0;

  constructor(head: Uint8Array, start: number, machine: CsvRecordMachine) {
    this.#head = head;
    this.#machine = machine;
    this.#at = isByteOrderMark(head, start) ? start + 3 : start;
  }

  /** Returns the number of fields of the next record, 0 when none is left. A record that `dialectBytes` cut off is none. */
  nextFieldCount(): number {
    let fields = 1;
    this.contentBytes = 0;
    while (this.#at < this.#head.length) {
      const event = this.#machine.step(this.#head[this.#at++] ?? 0);
      if (event === csvEvents.record) return fields;
      if (event === csvEvents.field) fields++;
      else if (this.#machine.isContent) this.contentBytes++;
    }
    return this.#machine.finish() && this.#head.length < dialectBytes ? fields : 0;
  }
}

/** Returns where the preamble ends; like the original, which looks for all its line ends in one block of 4096 bytes. */
function preambleEnd(head: Uint8Array, lineCount: number): number {
  if (lineCount === 0) return 0;
  for (let block = 0; block < head.length; block += 4096) {
    let at = block;
    let found = 0;
    const end = Math.min(block + 4096, head.length);
    while (found < lineCount && at < end) {
      if (head[at++] === 0x0a) found++;
    }
    if (found === lineCount) return at;
  }
  return -1;
}
