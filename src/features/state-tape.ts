/**
 * State as a row of numbers: a kernel lists its state once, in one order, and the same list serves saving and loading, so that the two
 * can never disagree. Only doubles travel; a flag travels as 0 or 1.
 */
import { assert } from '#core';

/** Carries numbers out of a part (saving) or into it (loading); the part does not know which. */
export interface StateTape {
  /** Saving: records `value` and returns it. Loading: returns the recorded number instead. */
  number(value: number): number;
  /** Saving: records a copy of `values`. Loading: overwrites `values` by the recorded ones. */
  numbers(values: Float64Array): void;
}

/** A part whose state is a fixed list of numbers: `this.x = tape.number(this.x)` for each, in a fixed order. */
export interface Taped {
  tape(tape: StateTape): void;
}

/** Returns the whole state of `part` as numbers; the caller owns the array. */
export function saveTape(part: Taped): Float64Array {
  const recorder = new TapeRecorder();
  part.tape(recorder);
  return Float64Array.from(recorder.recorded);
}

/** Gives `part` (built with the same parameters) the state that `saveTape` took. @throws AssertionError when the lengths differ. */
export function loadTape(part: Taped, saved: Float64Array): void {
  const player = new TapePlayer(saved);
  part.tape(player);
  assert(player.position === saved.length, `saved state has ${player.position} numbers, was ${saved.length}`);
}

class TapeRecorder implements StateTape {
  readonly recorded: number[] = [];

  number(value: number): number {
    this.recorded.push(value);
    return value;
  }

  numbers(values: Float64Array): void {
    for (let i = 0; i < values.length; i++) this.recorded.push(values[i]!);
  }
}

class TapePlayer implements StateTape {
  position = 0;
  readonly #saved: Float64Array;

  constructor(saved: Float64Array) {
    this.#saved = saved;
  }

  number(_value: number): number {
    assert(this.position < this.#saved.length, `saved state has more than ${this.#saved.length} numbers`);
    return this.#saved[this.position++]!;
  }

  numbers(values: Float64Array): void {
    const end = this.position + values.length;
    assert(end <= this.#saved.length, `saved state has at least ${end} numbers, was ${this.#saved.length}`);
    values.set(this.#saved.subarray(this.position, end));
    this.position = end;
  }
}
