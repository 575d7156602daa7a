/** The data sets of the benches. `scale` shrinks the number of files, or the size of the large ones. */
import type { DataSetRecipe } from './data-set.js';
import { writeLargeFiles } from './large-files.js';
import { writeNestedFiles } from './nested-files.js';
import { writePackageFiles } from './package-files.js';
import { writeSmallFiles } from './small-files.js';

function smallFiles(
  name: string,
  summary: string,
  full: { fileCount: number; directoryCount: number; sizeBytes: number },
): DataSetRecipe {
  return {
    name,
    summary,
    write: (folder, scale) =>
      writeSmallFiles(folder, {
        ...full,
        seed: name,
        fileCount: Math.max(1, Math.round(full.fileCount * scale)),
      }),
  };
}

function packageFiles(name: string, specifier: string, summary: string): DataSetRecipe {
  return {
    name,
    summary,
    write: (folder, scale) => writePackageFiles(folder, specifier, scale),
  };
}

/** Size of each large file at full scale. */
export const largeFileBytes = 1_000_000_000;

/** 100,000 files of 4 KiB in 100 directories: the main set. */
export const files4k = smallFiles('files-4k', '100,000 x 4 KiB in 100 directories', {
  fileCount: 100_000,
  directoryCount: 100,
  sizeBytes: 4096,
});

/** The same number of files in one directory. */
export const flat4k = smallFiles('flat-4k', '100,000 x 4 KiB in one directory', {
  fileCount: 100_000,
  directoryCount: 1,
  sizeBytes: 4096,
});

/** A fifth of the main set, for the slow pairs of client and server. */
export const few4k = smallFiles('few-4k', '20,000 x 4 KiB in 20 directories', {
  fileCount: 20_000,
  directoryCount: 20,
  sizeBytes: 4096,
});

/** 20,000 files of 100 KiB. */
export const files100k = smallFiles('files-100k', '20,000 x 100 KiB in 100 directories', {
  fileCount: 20_000,
  directoryCount: 100,
  sizeBytes: 102_400,
});

/** A million files. */
export const million4k = smallFiles('million-4k', '1,000,000 x 4 KiB in 1,000 directories', {
  fileCount: 1_000_000,
  directoryCount: 1000,
  sizeBytes: 4096,
});

/** Many directories with few files each. */
export const nested: DataSetRecipe = {
  name: 'nested',
  summary: '40,000 x 1 KiB in 10,000 directories, three levels',
  write: (folder, scale) => writeNestedFiles(folder, Math.max(1, Math.round(10_000 * scale))),
};

/** Two large files. */
export const large: DataSetRecipe = {
  name: 'large',
  summary: '2 x 1 GB',
  write: (folder, scale) => writeLargeFiles(folder, Math.round(largeFileBytes * scale)),
};

/** Real icons: very small files, many directories. */
export const icons = packageFiles(
  'icons',
  'material-design-icons@3.0.1',
  'material-design-icons 3.0.1: 89,814 files in 8,004 directories',
);

/** Real images: PNG files of some KiB in few directories. */
export const emoji = packageFiles(
  'emoji',
  'emoji-datasource-apple@16.0.0',
  'emoji-datasource-apple 16.0.0: PNG images and sprite sheets',
);

/** Every data set by name. */
export const dataSets: readonly DataSetRecipe[] = [
  files4k,
  flat4k,
  few4k,
  files100k,
  nested,
  large,
  icons,
  emoji,
  million4k,
];
