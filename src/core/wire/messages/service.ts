/** Messages about the server itself. */
import { minClientVersion } from '../headers.js';
import { encodeSuccess, type JsonObject } from './envelope.js';
import { checkJson, record, text } from './json-shape.js';

/** How full the disk of a server is. */
export interface DiskUsage {
  readonly totalBytes: number;
  readonly freeBytes: number;
}

const bytesPerGigabyte = 1e9;
const versionAnswer = record({ oxen_version: text(100) });
const minVersionAnswer = record({ version: text(100) });

/** Returns the answer about the version of the server. */
export function encodeServerVersion(): string {
  return encodeSuccess('resource_found');
}

/** Returns the version in such an answer. @throws InvalidInputError when it is malformed */
export function decodeServerVersion(fields: JsonObject): string {
  return checkJson('The answer', fields, versionAnswer).oxen_version;
}

/** Returns the answer about the oldest client that is let in. */
export function encodeMinVersion(): string {
  return encodeSuccess('resource_found', { version: minClientVersion });
}

/** Returns the version in such an answer. @throws InvalidInputError when it is malformed */
export function decodeMinVersion(fields: JsonObject): string {
  return checkJson('The answer', fields, minVersionAnswer).version;
}

/** Returns the answer that the server is ready. */
export function encodeHealth(disk: DiskUsage): string {
  const usedBytes = disk.totalBytes - disk.freeBytes;
  return encodeSuccess('resource_found', {
    disk_usage: {
      total_gb: disk.totalBytes / bytesPerGigabyte,
      used_gb: usedBytes / bytesPerGigabyte,
      free_gb: disk.freeBytes / bytesPerGigabyte,
      percent_used: disk.totalBytes === 0 ? 0 : (usedBytes / disk.totalBytes) * 100,
    },
  });
}

/** Returns the answer with all namespaces. */
export function encodeNamespaces(names: readonly string[]): string {
  return encodeSuccess('resource_found', {
    namespaces: names.map((namespace) => ({ namespace })),
  });
}

/** Returns the answer about one namespace. */
export function encodeNamespace(name: string, sizeBytes: number): string {
  return encodeSuccess('resource_found', {
    namespace: { name, storage_usage_gb: sizeBytes / bytesPerGigabyte },
  });
}
