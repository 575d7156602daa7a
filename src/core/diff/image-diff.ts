/** The difference of two images as values: what a person can tell apart without looking at them. */

/** What is known of an image. */
export interface ImageFacts {
  readonly sizeBytes: number;
  readonly mimeType: string;
  readonly width: number | undefined; // pixels; undefined when they could not be read
  readonly height: number | undefined;
}

/** How two versions of an image differ. */
export interface ImageDiff {
  readonly kind: 'image';
  readonly left: ImageFacts | undefined; // undefined: added
  readonly right: ImageFacts | undefined; // undefined: removed
  readonly isResized: boolean; // both have dimensions, and these differ
  readonly isConverted: boolean; // the types differ
}

/** Compares two versions of an image whose contents differ. */
export function diffImages(left: ImageFacts | undefined, right: ImageFacts | undefined): ImageDiff {
  const both = left !== undefined && right !== undefined;
  const areMeasured = left?.width !== undefined && right?.width !== undefined;
  return {
    kind: 'image',
    left,
    right,
    isResized: areMeasured && (left.width !== right.width || left.height !== right.height),
    isConverted: both && left.mimeType !== right.mimeType,
  };
}
