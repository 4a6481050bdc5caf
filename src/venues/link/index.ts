/** Door of `venues/link`: the simulated exchange as a process of its own, seen from the trader. */
export { LinkedWorld, type LinkedWorldOptions } from './linked-world.ts';
