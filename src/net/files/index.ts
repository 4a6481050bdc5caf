/** Door of `net/files`: files from servers. */
export type { FileWish } from './file-attempt.ts';
export { FileLoader, type FileLoaderOptions } from './file-loader.ts';
