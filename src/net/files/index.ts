/** Door of `net/files`: files from servers. */
export { downloadFile, type FileDownload } from './file-download.ts';
