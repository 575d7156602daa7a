/** The part of `micromatch` that is used; the package has no types of its own. */
declare module 'micromatch' {
  const micromatch: {
    matcher(pattern: string, options: { readonly dot?: boolean }): (path: string) => boolean;
  };
  // biome-ignore lint/style/noDefaultExport: it describes how the package exports.
  export default micromatch;
}
