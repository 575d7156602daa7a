/** Writes forms in parts (`multipart/form-data`) as a stream whose length is known before it starts. */
import { OperationError } from '../../model/errors.js';
import type { ByteStream } from '../byte-source.js';
import { formatPartHeaders } from './part-headers.js';

/** A part to be written. */
export interface FormPart {
  readonly name: string;
  readonly fileName?: string;
  readonly contentType?: string;
  readonly sizeBytes: number;
  readonly content: Uint8Array | ByteStream; // large pieces are passed on, so they may not be written to again
}

const gatheredLength = 64 * 1024;

/** Returns a part with its content in memory. */
export function formPart(
  name: string,
  content: Uint8Array,
  options: { readonly fileName?: string; readonly contentType?: string } = {},
): FormPart {
  return { name, sizeBytes: content.length, content, ...options };
}

/** Returns the content type of a form. */
export function formContentType(boundary: string): string {
  return `multipart/form-data; boundary=${boundary}`;
}

/**
 * Returns a boundary.
 * @param randomBytes 16 random bytes: what separates parts must not occur in one
 */
export function makeBoundary(randomBytes: Uint8Array): string {
  return `oxen-${Buffer.from(randomBytes).toString('hex')}`;
}

/**
 * Yields the bytes of a form; small parts are put together.
 * @throws OperationError when a content is longer or shorter than was said
 */
export async function* writeForm(
  parts: AsyncIterable<FormPart> | Iterable<FormPart>,
  boundary: string,
): AsyncGenerator<Uint8Array> {
  let gathered: Uint8Array[] = [];
  let length = 0;
  for await (const part of parts) {
    let size = 0;
    for await (const bytes of piecesOf(part, boundary)) {
      gathered.push(bytes);
      length += bytes.length;
      size += bytes.length;
      if (length < gatheredLength) continue;
      yield gathered.length === 1 ? bytes : Buffer.concat(gathered);
      gathered = [];
      length = 0;
    }
    expectSize(part, size - headOf(part, boundary).length - 2);
  }
  yield Buffer.concat([...gathered, Buffer.from(tailOf(boundary))]);
}

async function* piecesOf(part: FormPart, boundary: string): AsyncGenerator<Uint8Array> {
  yield headOf(part, boundary);
  if (part.content instanceof Uint8Array) yield part.content;
  else yield* part.content;
  yield Buffer.from('\r\n');
}

function headOf(part: FormPart, boundary: string): Buffer {
  const { name, fileName, contentType } = part;
  return Buffer.from(`--${boundary}\r\n${formatPartHeaders({ name, fileName, contentType })}`);
}

function tailOf(boundary: string): string {
  return `--${boundary}--\r\n`;
}

function expectSize(part: FormPart, found: number): void {
  if (found === part.sizeBytes) return;
  throw new OperationError(
    `The part ${part.fileName ?? part.name} was said to have ${part.sizeBytes} bytes and has ${found}.`,
  );
}
