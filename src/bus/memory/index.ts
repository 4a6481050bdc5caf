/** Door of `bus/memory`: the event log in memory. */
export { MemoryLog, MemorySource } from './memory-log.ts';
export { MemoryStorage } from './memory-storage.ts';
