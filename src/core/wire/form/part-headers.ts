/**
 * The headers of a part of a form: its field name, file name and content type, written as the stock client's HTTP library
 * does and read strictly (RFC 7578 with the extended parameters of RFC 5987).
 */
import { InvalidInputError } from '../../model/errors.js';

/** What the headers of a part say. */
export interface PartHeaders {
  readonly name: string;
  readonly fileName: string | undefined;
  readonly contentType: string | undefined; // lower case, without parameters
}

const longestBoundary = 200;
const parameterPattern =
  /\s*;\s*([a-zA-Z0-9_*-]+)=(?:"((?:[^"\\\r\n\0]|\\[^\r\n\0])*)"|([^\s;"\r\n\0]+))/y;

/**
 * Returns the boundary that a content type names.
 * @throws InvalidInputError when it is no form in parts, or names no boundary
 */
export function boundaryOf(contentType: string | undefined): string {
  if (contentType === undefined) throw new InvalidInputError('Could not find Content-Type header');
  if (!/^multipart\//i.test(contentType)) {
    throw new InvalidInputError(
      "Parsed Content-Type did not have 'multipart' top-level media type",
    );
  }
  const end = contentType.indexOf(';');
  const boundary = end < 0 ? undefined : parseParameters(contentType, end).get('boundary');
  if (boundary === undefined || !/^[\x20-\x7e]*[\x21-\x7e]$/.test(boundary)) {
    throw new InvalidInputError('The content type names no boundary.');
  }
  if (boundary.length > longestBoundary) throw new InvalidInputError('The boundary is too long.');
  return boundary;
}

/**
 * Returns what the headers of a part say.
 * @param text the lines without the empty one behind them
 * @throws InvalidInputError when a line is malformed or the part has no name
 */
export function parsePartHeaders(text: string): PartHeaders {
  let disposition: string | undefined;
  let contentType: string | undefined;
  for (const line of text.split('\r\n')) {
    const colon = line.indexOf(':');
    if (colon <= 0 || /[\r\n\0]/.test(line)) throw malformed('a header cannot be read');
    const name = line.slice(0, colon).toLowerCase();
    const value = line.slice(colon + 1).trim();
    if (name === 'content-disposition') disposition = value;
    else if (name === 'content-type') contentType = value.replace(/;.*$/s, '').trim().toLowerCase();
  }
  const end = disposition?.search(/;|$/) ?? 0;
  if (disposition?.slice(0, end).trim().toLowerCase() !== 'form-data') {
    throw malformed('it is no form data');
  }
  const parameters = parseParameters(disposition, end);
  const fieldName = extended(parameters, 'name');
  if (fieldName === undefined) throw malformed('it has no name');
  return { name: fieldName, fileName: extended(parameters, 'filename'), contentType };
}

/** Returns the header lines of a part with the empty line behind them. */
export function formatPartHeaders(headers: PartHeaders): string {
  const { name, fileName, contentType } = headers;
  const file = fileName === undefined ? '' : `; ${formatParameter('filename', fileName)}`;
  const type = contentType === undefined ? '' : `\r\nContent-Type: ${contentType}`;
  return `Content-Disposition: form-data; ${formatParameter('name', name)}${file}${type}\r\n\r\n`;
}

function formatParameter(name: string, value: string): string {
  if (/^[\x20\x21\x23-\x24\x26-\x5b\x5d-\x7e]*$/.test(value)) return `${name}="${value}"`;
  return `${name}*=utf-8''${encodeURIComponent(value.toWellFormed()).replace(/['()*]/g, escapeOne)}`;
}

function escapeOne(character: string): string {
  return `%${character.charCodeAt(0).toString(16)}`;
}

function parseParameters(text: string, start: number): Map<string, string> {
  const parameters = new Map<string, string>();
  let offset = start;
  while (offset < text.length) {
    parameterPattern.lastIndex = offset;
    const found = parameterPattern.exec(text);
    if (found === null) {
      if (/^\s*;?\s*$/.test(text.slice(offset))) break;
      throw malformed('a parameter cannot be read');
    }
    const [, name = '', quoted, token] = found;
    if (parameters.has(name.toLowerCase())) throw malformed('a parameter stands twice');
    parameters.set(name.toLowerCase(), token ?? (quoted ?? '').replace(/\\(.)/gs, '$1'));
    offset = parameterPattern.lastIndex;
  }
  return parameters;
}

/** Returns a parameter, in its extended form when that is there. */
function extended(parameters: ReadonlyMap<string, string>, name: string): string | undefined {
  const encoded = parameters.get(`${name}*`);
  if (encoded === undefined) return parameters.get(name);
  const value = /^utf-8'[^']*'(.*)$/i.exec(encoded)?.[1];
  try {
    if (value !== undefined) return decodeURIComponent(value);
  } catch {
    // it is told below, like any other text that is no extended parameter
  }
  throw malformed('a parameter cannot be decoded');
}

function malformed(problem: string): InvalidInputError {
  return new InvalidInputError(`A part of the form is refused: ${problem}.`);
}
