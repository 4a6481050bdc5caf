/** Door of `bus/embedded`: the event log in segment files of this machine. */
export { EmbeddedLog } from './embedded-log.ts';
export { EmbeddedSource } from './embedded-source.ts';
export { type DiskCalls, SYSTEM_DISK } from './log-files.ts';
