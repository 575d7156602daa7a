/**
 * The fingerprint of a commit: the id that its root directory has by our rule. For commits of ours that is the root id; trees
 * of other programs are computed anew, without storing anything.
 */
import { type Hash, hashFromBytes } from '../model/hash.js';
import { rootPath } from '../model/path.js';
import type { OpenRepository } from '../repository.js';
import type { CommitTree } from '../tree/read.js';
import { computeIds } from './build-tree.js';
import type { OperationContext } from './context.js';
import { TreeChange } from './tree-change.js';

const nothingStaged = { runs: () => [], readDirectory: () => [] };

/** Returns the fingerprint of a commit's data. @throws IntegrityError when its tree cannot be read */
export async function fingerprint(
  repository: OpenRepository,
  tree: CommitTree,
  context: OperationContext,
): Promise<Hash> {
  if (!repository.nodes.isForeign(tree.rootId)) return tree.rootId;
  const change = new TreeChange(repository.nodes, nothingStaged, tree.rootId, true);
  await computeIds(change, context);
  const built = change.at(rootPath)?.built;
  return built === undefined ? tree.rootId : hashFromBytes(built.hash);
}
