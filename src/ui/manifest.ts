/** What the build has written down about the verbs (`oclif.manifest.json`): read where oclif itself is not loaded. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { OperationError } from '../core/model/errors.js';
import type { NameSource } from './completion-model.js';

/** A flag in the manifest. */
export interface ManifestFlag {
  readonly name: string;
  readonly char?: string;
  readonly type: 'boolean' | 'option';
  readonly summary?: string;
  readonly description?: string;
  readonly options?: readonly string[];
  readonly helpValue?: string;
  readonly helpGroup?: string;
  readonly default?: unknown;
  readonly multiple?: boolean;
  readonly required?: boolean;
  readonly hidden?: boolean;
  readonly allowNo?: boolean;
}

/** A positional argument in the manifest. */
export interface ManifestArgument {
  readonly name: string;
  readonly description?: string;
  readonly options?: readonly string[];
  readonly default?: unknown;
  readonly multiple?: boolean;
  readonly required?: boolean;
  readonly hidden?: boolean;
}

/** A verb in the manifest. */
export interface ManifestVerb {
  readonly id: string; // words joined by `:`
  readonly aliases: readonly string[];
  readonly hidden: boolean;
  readonly summary?: string;
  readonly description?: string;
  readonly examples?: readonly (
    | string
    | { readonly description: string; readonly command: string }
  )[];
  readonly flags: Readonly<Record<string, ManifestFlag>>;
  readonly args: Readonly<Record<string, ManifestArgument>>;
  readonly group?: string;
  readonly completions?: Readonly<Record<string, NameSource>>;
}

/**
 * Returns the verbs that users may know, in order of their names; `root` is the directory of package.json.
 * @throws OperationError when the manifest is not there
 */
export function readManifest(root: string): readonly ManifestVerb[] {
  const file = join(root, 'oclif.manifest.json');
  try {
    const { commands } = JSON.parse(readFileSync(file, 'utf8')) as {
      readonly commands: Readonly<Record<string, ManifestVerb>>;
    };
    return Object.values(commands)
      .filter((verb) => !verb.hidden)
      .sort((left, right) => (left.id < right.id ? -1 : 1));
  } catch (error) {
    throw new OperationError('The list of commands cannot be read: oxen is not fully installed.', {
      cause: error,
      path: file,
    });
  }
}
