/** The result of reading an image header. */

/** Width and height of an image. */
export interface ImageDimensions {
  readonly width: number; // pixels
  readonly height: number; // pixels
}
