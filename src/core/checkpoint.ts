/** State that survives a crash: the contract that every stateful part of the engine keeps. */
import { AssertionError } from './assert.ts';

/**
 * A part whose whole state can leave and come back. `saveState` returns plain data that a structured clone can carry (numbers,
 * strings, booleans, null, bigint, arrays, plain objects, typed arrays, Map, Set), owned by the caller (never aliased to live state).
 * `loadState` replaces the state by it; afterwards the part behaves bit for bit as the saved one would have.
 */
export interface Checkpointable {
  saveState(): unknown;
  loadState(state: unknown): void;
}

/** Returns `state` as a record; throws `AssertionError` naming the part when it is none. */
export function stateRecord(state: unknown, part: string): Readonly<Record<string, unknown>> {
  if (typeof state !== 'object' || state === null || Array.isArray(state)) {
    throw new AssertionError(`Invariant: checkpoint of ${part} is a record, was ${typeof state}`);
  }
  return state as Readonly<Record<string, unknown>>;
}
