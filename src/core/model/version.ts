/** Which product this is and which Oxen it speaks with. */

/** The version of this product; a test holds it equal to package.json. */
export const productVersion = '0.1.0';

/** The release of Oxen whose formats, protocol and command line this product follows. */
export const compatibleVersion = '0.65';
