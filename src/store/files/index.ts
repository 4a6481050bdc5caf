/** Door of `store/files`: readers of foreign files (CSV, gzip, ZIP, recorded streams) and the history over them. */
export { type ByteSource, ContainerDamage, openByteSource } from './byte-source.ts';
export { FileHistory, type FileHistoryOptions } from './file-history.ts';
export { type FileForm, formOfFirstLine } from './forms.ts';
export { OPEN_INTEREST_DELAY_US, OPEN_INTEREST_LAYOUTS } from './open-interest-parser.ts';
export {
  type FileSummary,
  openSourceFile,
  type ReadOptions,
  readRows,
  type SourceFile,
  scanFile,
} from './read-file.ts';
export { describeFault, type FaultCheck, type PlacedFault } from './row-fault.ts';
export { FILES_MAX, type FoundFile, findFiles, nameHasSymbol } from './source-files.ts';
export { TimeframeInference } from './timeframe-inference.ts';
